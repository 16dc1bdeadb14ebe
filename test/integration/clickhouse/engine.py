"""ClickHouse's current engine behind as much of its HTTP interface as its JavaScript client uses.

chdb has the engine without a server: the statements, the tables and the sums are the real ones,
the socket is this file's. Usage: engine.py FOLDER; prints the port it listens at.
"""

import gzip
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from chdb import session

engine = session.Session(sys.argv[1])
one_at_a_time = threading.Lock()


class Statement(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        parameters = parse_qs(urlsplit(self.path).query)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) if "Content-Length" in self.headers else self.chunks()
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        statement = "\n".join([*parameters.get("query", []), body.decode()])
        database = parameters.get("database", ["default"])[0]
        try:
            with one_at_a_time:
                engine.query(f"USE {database}")
                answer = engine.query(statement, "JSONEachRow").bytes() or b""
            self.answer(200, answer)
        except Exception as error:
            self.answer(500, str(error).encode())

    def chunks(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Statement)
print(server.server_port, flush=True)
server.serve_forever()
