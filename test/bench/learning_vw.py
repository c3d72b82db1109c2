"""Progressive loss of Vowpal Wabbit's defaults: python learning_vw.py FOLDER CLASSES SEEDS -> [{name, losses, rowsPerSecond}]

FOLDER holds SEED.vw in text format, label first. The last one is supervised: it sees every label.
"""
import json, os, sys, time

import vowpalwabbit

ADF = "--cbify {K} --cb_explore_adf "
CONFIGS = {
    "greedy": ADF + "--cb_type mtr --epsilon 0",
    "eps .05 (its default)": ADF + "--cb_type mtr --epsilon 0.05",
    "regcbopt": ADF + "--cb_type mtr --regcbopt --mellowness 0.001",
    "squarecb": ADF + "--cb_type mtr --squarecb --gamma_scale 10",
    "cover 4 nounif dr": ADF + "--cb_type dr --cover 4 --psi 0.1 --nounif --epsilon 0",
    "bag 4": ADF + "--cb_type mtr --bag 4",
}
# With the second encoding of losses regcb needs the range of costs said.
ENCODINGS = {"0/1": "", "-1/0": "--loss0 -1 --loss1 0"}


def run(path, args, seed):
    start = time.process_time()
    vw = vowpalwabbit.Workspace(f"{args} -b 20 --random_seed {seed} --quiet -d {path}")
    loss, rows = vw.get_sum_loss(), vw.get_weighted_examples()
    vw.finish()
    return loss / rows, rows / max(1e-9, time.process_time() - start)


def main(folder, classes, seeds):
    jobs = []
    for name, args in CONFIGS.items():
        for encoding, extra in ENCODINGS.items():
            if extra and "regcb" in args:
                extra += " --cb_min_cost -1 --cb_max_cost 0"
            jobs.append((f"vw {name} {encoding}", args.format(K=classes) + " " + extra))
    jobs.append(("vw supervised (sees every label)", f"--oaa {classes}"))
    out = []
    for name, args in jobs:
        runs = [run(os.path.join(folder, f"{seed}.vw"), args, seed) for seed in seeds]
        speeds = sorted(speed for _, speed in runs)
        out.append({"name": name, "losses": [loss for loss, _ in runs], "rowsPerSecond": round(speeds[len(speeds) // 2])})
    print(json.dumps(out))


main(sys.argv[1], int(sys.argv[2]), [int(seed) for seed in sys.argv[3].split(",")])
