/** The bundler writes what is imported so beside the script, as panel.css. */
declare module '*.css' {}
