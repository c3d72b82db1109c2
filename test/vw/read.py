"""Reads a log with Vowpal Wabbit and prints one JSON object: {examples, loss, features}. Usage: read.py "ARGUMENTS" FILE"""
import json, sys, vowpalwabbit

workspace = vowpalwabbit.Workspace(f"{sys.argv[1]} -d {sys.argv[2]}")
examples = workspace.get_weighted_examples()
told = {"examples": examples, "loss": workspace.get_sum_loss() / max(1, examples)}
workspace.finish()
print("TOLD " + json.dumps(told))
