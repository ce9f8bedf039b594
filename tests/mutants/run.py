#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""run.py [NAME-PART]: makes the mistakes of 'list' in a copy of the rules, one at a time, ports a program with it, and fails for each that
verification does not notice. Without a mistake every program must be equal. $BPFGRAFT and $SOURCE come from ctest."""
import os, re, shutil, subprocess, sys, tempfile

BPFGRAFT, SOURCE = os.environ['BPFGRAFT'], os.environ['SOURCE']
HERE = os.path.join(SOURCE, 'tests/mutants')


def read_list(path):
    mutants = []
    for line in open(path).read().split('\n'):
        key, _, text = line.partition(' ')
        if key == 'mutant':
            mutants.append({'name': text.strip(), '-': [], '+': [], 'by': 'comparison'})
        elif key in ('-', '+'):
            mutants[-1][key].append(text)
        elif key in ('file', 'program', 'by'):
            mutants[-1][key] = text.strip()
        elif line and not line.startswith('#'):
            sys.exit(f'list: what is this: {line}')
    return mutants


def run(*args, env=None):
    p = subprocess.run(args, capture_output=True, text=True, env=dict(os.environ, **(env or {})))
    return p.returncode, p.stdout, p.stderr


def port(rules, program, tmp):
    """(what noticed a mistake: 'load', 'refusal', 'comparison' or None, the messages)"""
    name, chain = program.split()[0], 'chain' in program
    how = 'continue' if chain else 'accept'
    out = os.path.join(tmp, name + '.tc.c')
    code, _, err = run(BPFGRAFT, 'transform', f'{HERE}/{name}.bpf.c', '--from', 'xdp', '--to', 'tc', '--entry', 'prog', '--pass', how, '-q',
                       '-o', out, env={'BPFGRAFT_RULES': rules})
    if code == 1:
        return 'load' if 'BG0200' in err else 'refusal', err
    if code:
        return f'transform ended with {code}', err
    code, _, err = run(BPFGRAFT, 'verify', os.path.join(tmp, name + '.o'), os.path.join(tmp, name + '.tc.bpf.o'), '--from', 'xdp', '--to', 'tc',
                       '--entry', 'prog', '--pass', how, '-q')
    if code == 4:
        print('skipped:', err)
        sys.exit(77)
    return {0: None, 1: 'comparison'}.get(code, f'verify ended with {code}'), err


def apply(mutant, rules):
    path = os.path.join(rules, mutant['file'])
    old, new, text = '\n'.join(mutant['-']), '\n'.join(mutant['+']), open(path).read()
    if text.count(old) != 1:
        return f"the text stands {text.count(old)} times in {mutant['file']}, not once"
    os.unlink(path)
    open(path, 'w').write(text.replace(old, new))
    return None


def main():
    if not shutil.which('spatch'):
        print('skipped: spatch is not installed')
        sys.exit(77)
    mutants = [m for m in read_list(os.path.join(HERE, 'list')) if len(sys.argv) < 2 or sys.argv[1] in m['name']]
    failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        rules = os.path.join(tmp, 'rules')
        for name in {m['program'].split()[0] for m in mutants}:
            subprocess.check_call([os.environ.get('BPFGRAFT_CLANG', 'clang-19'), '-O2', '-g', '-target', 'bpf', '-idirafter',
                                   f'/usr/include/{os.uname().machine}-linux-gnu', '-c', f'{HERE}/{name}.bpf.c', '-o', f'{tmp}/{name}.o'])
        for program in sorted({m['program'] for m in mutants}):
            by, err = port(os.path.join(SOURCE, 'rules'), program, tmp)
            if by:
                print(f"not ok - '{program}' without a mistake: {by}\n{err}")
                failed += 1
        for m in mutants:
            shutil.rmtree(rules, ignore_errors=True)
            shutil.copytree(os.path.join(SOURCE, 'rules'), rules)
            why = apply(m, rules)
            by, err = (why, '') if why else port(rules, m['program'], tmp)
            good = by == m['by']
            failed += not good
            first = next((l for l in err.split('\n') if 'error' in l), '')
            print(f"{'ok' if good else 'not ok'} - {m['name']}: {by or 'SURVIVED'}  {first[:150]}", flush=True)
            if not good and by:
                print(err)
    print(f'{len(mutants)} mistakes, {failed} failures')
    sys.exit(failed > 0)


main()
