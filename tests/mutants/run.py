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


def compile(source, to):
    return run(os.environ.get('BPFGRAFT_CLANG', 'clang-19'), '-O2', '-g', '-target', 'bpf', '-idirafter', f'/usr/include/{os.uname().machine}-linux-gnu',
               '-c', source, '-o', to)


def hooks_of(program):
    return ['tc', 'xdp'] if program.startswith('tc-') else ['xdp', 'tc', 'xdp'] if 'round' in program else ['xdp', 'tc']


def accepted(program):
    return [word for id in program.split() if id.startswith('BG') for word in ('--accept', id)]


def pass_of(program):
    return 'continue' if 'chain' in program else 'accept'


def transform(rules, program, folder):
    """(what noticed a mistake: 'load' or 'refusal', or None; the messages)"""
    name, hooks, source = program.split()[0], hooks_of(program), f'{HERE}/{program.split()[0]}.bpf.c'
    for number, (old, new) in enumerate(zip(hooks, hooks[1:])):
        out = os.path.join(folder, str(number), name + '.bpf.c')
        code, _, err = run(BPFGRAFT, 'transform', source, '--from', old, '--to', new, '--entry', 'prog', '--pass', pass_of(program), *accepted(program),
                           '-q', '-o', out, env={'BPFGRAFT_RULES': rules})
        if code == 1:
            return 'load' if 'BG0200' in err else 'refusal', err
        if code:
            return f'transform ended with {code}', err
        source = out
    for path in os.listdir(os.path.dirname(out)): # the last port is what counts
        os.replace(os.path.join(os.path.dirname(out), path), os.path.join(folder, path))
    return None, ''


def compare(program, folder, tmp):
    """(what noticed a mistake: 'load' or 'comparison', or None; the messages)"""
    name, hooks = program.split()[0], hooks_of(program)
    code, _, err = run(BPFGRAFT, 'verify', os.path.join(tmp, name + '.o'), os.path.join(folder, name + '.bpf.o'), '--from', hooks[0], '--to', hooks[-1],
                       '--entry', 'prog', '--pass', pass_of(program), '-q')
    if code == 4:
        print('skipped:', err)
        sys.exit(77)
    return {0: None, 1: 'load' if 'BG0200' in err else 'comparison'}.get(code, f'verify ended with {code}'), err


def port(rules, program, folder, tmp):
    shutil.rmtree(folder, ignore_errors=True)
    by, err = transform(rules, program, folder)
    return (by, err) if by else compare(program, folder, tmp)


def port_with_header(mutant, good, folder, tmp):
    """A mistake in a runtime header: the port is the same, and is compiled anew with it."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(good, folder)
    why = apply(mutant, os.path.join(folder, 'bpfgraft'), os.path.basename(mutant['file']))
    name = mutant['program'].split()[0]
    if why:
        return why, ''
    code, _, err = compile(os.path.join(folder, name + '.bpf.c'), os.path.join(folder, name + '.bpf.o'))
    return ('clang', err) if code else compare(mutant['program'], folder, tmp)


def apply(mutant, rules, file):
    path = os.path.join(rules, file)
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
        rules, good = os.path.join(tmp, 'rules'), {}
        for name in {m['program'].split()[0] for m in mutants}:
            code, _, err = compile(f'{HERE}/{name}.bpf.c', f'{tmp}/{name}.o')
            if code:
                sys.exit(err)
        for number, program in enumerate(sorted({m['program'] for m in mutants})):
            good[program] = os.path.join(tmp, f'good{number}')
            by, err = port(os.path.join(SOURCE, 'rules'), program, good[program], tmp)
            if by:
                print(f"not ok - '{program}' without a mistake: {by}\n{err}")
                failed += 1
        for m in mutants:
            folder = os.path.join(tmp, 'port')
            if m['file'].startswith('include/'):
                by, err = port_with_header(m, good[m['program']], folder, tmp)
            else:
                shutil.rmtree(rules, ignore_errors=True)
                shutil.copytree(os.path.join(SOURCE, 'rules'), rules)
                why = apply(m, rules, m['file'])
                by, err = (why, '') if why else port(rules, m['program'], folder, tmp)
            noticed = by == m['by']
            failed += not noticed
            first = next((l for l in err.split('\n') if 'error' in l), '')
            print(f"{'ok' if noticed else 'not ok'} - {m['name']}: {by or 'SURVIVED'}  {first[:150]}", flush=True)
            if not noticed and by:
                print(err)
    print(f'{len(mutants)} mistakes, {failed} failures')
    sys.exit(failed > 0)


main()
