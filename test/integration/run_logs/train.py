"""Logs 200 steps by each of the tools, as a training program does, and stays until it is told to end."""

import os
import sys

os.environ.update(WANDB_MODE="offline", WANDB_SILENT="true", MLFLOW_ALLOW_FILE_STORE="true")
os.chdir(sys.argv[1])

from tensorboardX import SummaryWriter

writer = SummaryWriter("runs/one")
for step in range(200):
    writer.add_scalar("loss", 1 / (step + 1), step)
writer.close()

import mlflow

mlflow.set_tracking_uri("file:./mlruns")
mlflow.start_run()
for step in range(200):
    mlflow.log_metric("loss", 1 / (step + 1), step=step)

import wandb

run = wandb.init(project="burnrate")
for step in range(200):
    run.log({"loss": 1 / (step + 1)})
print("logged", flush=True)
sys.stdin.readline()
