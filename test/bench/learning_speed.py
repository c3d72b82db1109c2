"""Rows a CPU second of other learners: python learning_speed.py FOLDER COLUMNS -> {name: {rows, cpuSeconds, memoryBytes}}

python learning_speed.py FOLDER dsjson DECISIONS reads decisions.dsjson instead. FOLDER holds rows.f32 (row-major), rewards.f32 and rows.vw, the same rows as text. One thread each; the middle of 9 turns after half a second of warming up.
"""
import json, os, resource, sys, time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np
import vowpalwabbit
from mabwiser.mab import MAB, LearningPolicy
from river import linear_model

ARMS = 10
ONE_BY_ONE = 2000


def timed(rows, go, setup=lambda: None):
    seconds = []
    warm = time.process_time()
    while time.process_time() < warm + 0.5:
        go(setup())
    for _ in range(9):
        given = setup()
        start = time.process_time()
        go(given)
        seconds.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"rows": rows, "cpuSeconds": sorted(seconds)[4], "memoryBytes": peak}


def vw(folder, n):
    text, cache = os.path.join(folder, "rows.vw"), os.path.join(folder, "rows.cache")
    vowpalwabbit.Workspace(f"-b 18 --quiet -d {text} --cache_file {cache}").finish()
    return timed(n, lambda _: vowpalwabbit.Workspace(f"-b 18 --quiet --cache_file {cache} -d {text}").finish())


def mabwiser(x, y, policy):
    arms = list(np.arange(len(y)) % ARMS)
    rewards = list(map(float, y))
    x = x.astype(np.float64)
    make = lambda: MAB(arms=list(range(ARMS)), learning_policy=policy, seed=1)
    return timed(len(y), lambda mab: mab.fit(arms, rewards, x), make)


def river(x, y):
    rows = [{f"f{j}": float(v) for j, v in enumerate(row)} for row in x[:ONE_BY_ONE]]
    rewards = [float(v) for v in y[:ONE_BY_ONE]]

    def go(model):
        for row, reward in zip(rows, rewards):
            model.learn_one(row, reward)

    return timed(len(rows), go, linear_model.BayesianLinearRegression)


def dsjson(folder, decisions):
    """As its users run it: --squarecb with mtr, one pass, no interactions."""
    path = os.path.join(folder, "decisions.dsjson")
    args = "--cb_explore_adf --cb_type mtr --squarecb --gamma_scale 10 -b 18 --quiet --dsjson"
    seconds = []
    for _ in range(3):
        start = time.process_time()
        vowpalwabbit.Workspace(f"{args} -d {path}").finish()
        seconds.append(time.process_time() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    out = {"rows": decisions, "cpuSeconds": sorted(seconds)[1], "memoryBytes": peak}
    print(json.dumps({"Vowpal Wabbit, decisions of a dsjson file": out}))


def main(folder, columns):
    y = np.fromfile(os.path.join(folder, "rewards.f32"), dtype=np.float32)
    x = np.fromfile(os.path.join(folder, "rows.f32"), dtype=np.float32).reshape(len(y), columns)
    out = {
        "Vowpal Wabbit, dense regression from its cache": vw(folder, len(y)),
        "MABWiser, LinUCB batch fit": mabwiser(x, y, LearningPolicy.LinUCB(alpha=1.0)),
        "MABWiser, LinTS batch fit": mabwiser(x, y, LearningPolicy.LinTS(alpha=1.0)),
        "River, Bayesian regression one by one": river(x, y),
    }
    print(json.dumps(out))


if sys.argv[2] == "dsjson":
    dsjson(sys.argv[1], int(sys.argv[3]))
else:
    main(sys.argv[1], int(sys.argv[2]))
