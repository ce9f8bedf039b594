#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""
kill_at_calls.py [all | NAME-PART]: SIGKILL before every system call of 'bpfgraft apply' and 'bpfgraft detach' that changes the machine.

The calls are found by strace in a run that is let through, and each is then the last of a run of its own (strace's injection, which kills
before the kernel sees the call). Nothing in bpfgraft helps: test_compose_crash.c, which kills at the steps that bpfgraft itself counts, cannot
know of a step that was forgotten. What must hold is looked at from outside, by packets: each member drops one UDP port, so that the ports that
come through say which members run. Killed anywhere, the interface runs the whole old chain, the whole new one, or both, as 'status' says;
after 'repair' or another apply nothing is left over; after 'detach' no pin, lock, qdisc or program is there.

$BPFGRAFT comes from ctest, $SOURCE too.
"""
import collections, ctypes, json, os, re, select, shutil, socket, subprocess, sys, tempfile

BPFGRAFT, SOURCE = os.environ['BPFGRAFT'], os.environ['SOURCE']
OLD, NEW, SENTINEL = (4001, 4002), (4003, 4004), 4999
SHORT = ('tcx, fused', 'clsact, separate', 'XDP link, fused')      # of all kinds, what every run of the tests has time for
# What can change the machine beyond the process's own end: pins, links, filters, qdiscs, folders, mounts. Loading a program or making a map
# is none of them (what has no pin goes with the process); those that only read are left out by their arguments below.
CALLS = 'bpf,mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mount,umount2,sendto,sendmsg'
HARMLESS = re.compile(r'^bpf\(BPF_(PROG_LOAD|MAP_CREATE|BTF_LOAD|MAP_LOOKUP\w*|MAP_GET_\w+|OBJ_GET\w*|\w+_GET_FD_BY_ID|\w+_GET_NEXT_ID'
                      r'|PROG_QUERY|PROG_TEST_RUN|PROG_RUN|MAP_FREEZE|ENABLE_STATS|TASK_FD_QUERY)\b|nlmsg_type=(RTM_GET\w+|0x[0-9a-f]*[26ae]\b)'
                      r'|SCM_RIGHTS')


class Failed(Exception):
    pass


def skip(why):
    print('SKIP:', why)
    sys.exit(77)


def tool(*args):
    p = subprocess.run(args, capture_output=True, text=True)
    if p.returncode:
        raise Failed(f'{" ".join(args)}: {p.stderr}')
    return p.stdout


def own_namespaces(tmp):
    """Mounts and networks of this process alone; the BPF file system too, so that what is pinned goes with it."""
    libc = ctypes.CDLL(None, use_errno=True)
    CLONE_NEWNS, CLONE_NEWNET, MS_REC, MS_PRIVATE = 0x20000, 0x40000000, 0x4000, 1 << 18
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET):
        skip('no namespaces of one\'s own: ' + os.strerror(ctypes.get_errno()))
    libc.mount(None, b'/', None, MS_REC | MS_PRIVATE, None)
    bpffs = os.path.join(tmp, 'bpf')
    os.mkdir(bpffs)
    if libc.mount(b'bpf', bpffs.encode(), b'bpf', 0, None):
        skip('no BPF file system of one\'s own: ' + os.strerror(ctypes.get_errno()))
    os.environ['BPFGRAFT_BPFFS'] = os.environ['LIBXDP_BPFFS'] = bpffs
    os.makedirs('/run/netns', exist_ok=True)
    libc.mount(b'tmpfs', b'/run/netns', b'tmpfs', 0, None)
    return bpffs


class Network:
    """veth0 here, under test; its peer in a namespace of its own, from which a socket sends."""

    def __init__(self):
        tool('ip', 'netns', 'add', 'peer')
        tool('ip', 'link', 'add', 'veth0', 'address', '02:00:00:00:00:01', 'type', 'veth', 'peer', 'name', 'veth1', 'address',
             '02:00:00:00:00:02', 'netns', 'peer')
        for ns, device, mine, other, mac in (([], 'veth0', 1, 2, '02:00:00:00:00:02'), (['-n', 'peer'], 'veth1', 2, 1, '02:00:00:00:00:01')):
            tool('ip', *ns, 'address', 'add', f'10.98.0.{mine}/24', 'dev', device)
            tool('ip', *ns, 'link', 'set', device, 'up')
            tool('ip', *ns, 'neighbour', 'add', f'10.98.0.{other}', 'lladdr', mac, 'dev', device, 'nud', 'permanent')
        self.inbox = {}
        for port in (*OLD, *NEW, SENTINEL):
            self.inbox[port] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.inbox[port].bind(('10.98.0.1', port))
        here = os.open('/proc/self/ns/net', os.O_RDONLY)
        with open('/run/netns/peer') as there:
            ctypes.CDLL(None).setns(there.fileno(), 0)
            self.outbox = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.outbox.bind(('10.98.0.2', 0))
            ctypes.CDLL(None).setns(here, 0)
        os.close(here)

    def dropped(self):
        """The ports whose packets do not come through. One device keeps their order, so nobody waits for what does not come."""
        for port in (*OLD, *NEW, SENTINEL):
            self.outbox.sendto(b'?', ('10.98.0.1', port))
        if not select.select([self.inbox[SENTINEL]], [], [], 10)[0]:
            raise Failed('a packet that no member is to drop did not come through')
        self.inbox[SENTINEL].recv(16)
        arrived = set(select.select([self.inbox[p] for p in (*OLD, *NEW)], [], [], 0)[0])
        for s in arrived:
            s.recv(16)
        return {p for p in (*OLD, *NEW) if self.inbox[p] not in arrived}


def part(name, hook, join, extra, ports):
    obj = 'xdp.bpf.o' if hook == 'xdp' else 'tc.bpf.o'
    chain = ''.join(f'      - {{run: p{p}, object: {obj}, program: port_gate, globals: {{port: {p}}}, '
                    f'maps: {{dropped: {{pin: {os.environ["BPFGRAFT_BPFFS"]}/maps/p{p}}}}}}}\n' for p in ports)
    return f'  - name: {name}\n    interface: veth0\n    hook: {hook}\n    join: {join}\n{extra}    chain:\n{chain}'


def spec(tmp, name, hook, join, extra, ports):
    """hook 'both': a datapath of two parts, a port for each."""
    path = os.path.join(tmp, f'{name}.yaml')
    if hook == 'both':
        parts = part('edge', 'xdp', join, '    exclusive: true\n', ports[:1]) + part('edge_tc', 'tc-ingress', join, '    follows: edge\n' + extra, ports[1:])
    else:
        parts = part('edge', hook, join, extra, ports)
    with open(path, 'w') as f:
        f.write(f'bpfgraft: 1\ncompose:\n{parts}')
    return path


class Changes:
    def __init__(self, tmp, net):
        self.tmp, self.net, self.out = tmp, net, os.path.join(tmp, 'out')

    def bpfgraft(self, *args, inject=None, trace=None):
        how = []
        if trace:
            how = ['strace', '-f', '-qq', '-s', '32', '-e', f'trace={CALLS}', '-e', 'signal=none', '-o', trace]
        if inject:
            how = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', f'trace={inject[0]}', '-e', f'inject={inject[0]}:signal=SIGKILL:when={inject[1]}']
        env = dict(os.environ, ASAN_OPTIONS='detect_leaks=0')   # LeakSanitizer cannot work in a traced process
        return subprocess.run([*how, BPFGRAFT, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env if how else None)

    def must(self, *args):
        p = self.bpfgraft(*args)
        if p.returncode:
            raise Failed(f'bpfgraft {" ".join(args)}: exit code {p.returncode}: {p.stderr}')
        return p.stdout

    def apply(self, path):
        self.must('apply', path, '-o', self.out, '-q')

    def rows(self):
        return json.loads(self.must('status', 'veth0', '--json', '-q'))['rows']

    def calls(self, args):
        """The calls of a run that change something, as (name, which of that name)."""
        trace, seen, found, workers = os.path.join(self.tmp, 'trace'), collections.Counter(), [], set()
        p = self.bpfgraft(*args, trace=trace)
        if p.returncode:
            raise Failed(f'{args}: {p.stderr}')
        for line in open(trace, errors='replace'):
            m = re.match(r'(\d+) +(\w+)\(', line)
            if not m:
                raise Failed('what does strace say here: ' + line)
            seen[m[1], m[2]] += 1           # as strace counts: each process for itself
            if not HARMLESS.search(line[m.start(2):]) and ' = -1 E' not in line:
                found.append((m[2], seen[m[1], m[2]], line.strip()))
                workers.add(m[1])
        if len(workers) > 1:
            raise Failed('more than one process changes the machine')
        return found

    def clean(self):
        """What of ours is on the machine: nothing, when no datapath is attached."""
        left, base = [], os.environ['BPFGRAFT_BPFFS']
        for folder, folders, files in os.walk(base):
            left += [os.path.join(folder, f) for f in folders + files]
        # the kernel's own two, and the folder that all datapaths share
        left = [p for p in left if os.path.relpath(p, base) not in ('maps.debug', 'progs.debug', 'bpfgraft')]
        left += [line for line in tool('tc', 'qdisc', 'show', 'dev', 'veth0').split('\n') if 'clsact' in line]
        if 'xdp' in tool('ip', 'link', 'show', 'dev', 'veth0'):
            left.append('an XDP program')
        if self.net.dropped():
            left.append('a program that drops')
        return left

    def says_the_truth(self):
        """What status shows is what packets meet. Returns the ports that the members shown drop."""
        shown = set()
        for row in self.rows():
            if row['state'] not in ('attached', 'leftover'):
                raise Failed(f'status says {row["state"]}')
            shown |= {int(p) for p in re.findall(r'\bp(\d+)', row['member'] or '')}
        there = self.net.dropped()
        if shown != there:
            raise Failed(f'status shows members that drop {sorted(shown)}, packets say {sorted(there)}')
        return there

    def whole(self, old, new, parts=((0, 2),)):
        """In each of the parts: a slice of the ports."""
        there = self.says_the_truth()
        for a, b in parts:
            if not any(set(chain[a:b]) <= there for chain in (old, new)):
                raise Failed(f'no whole chain: dropped {sorted(there)}, old {old}, new {new}')


def kill_everywhere(c, name, old, new, to_old, to_new, parts):
    """Every call of the change from old to new; old or new None: nothing is attached before, or detached by the change."""
    change = ('apply', to_new, '-o', c.out, '-q') if to_new else ('detach', to_old, '-q')
    if to_old:
        c.apply(to_old)
    calls = c.calls(change)
    if to_new:
        c.must('detach', to_new, '-q')
    kills = 0
    for i, (call, which, line) in enumerate(calls):
        try:
            if to_old:
                c.apply(to_old)
            p = c.bpfgraft(*change, inject=(call, which))
            if p.returncode != 4 or 'BG0902' not in p.stderr:   # the child that works was killed, and bpfgraft says so
                raise Failed(f'not killed, but ended with {p.returncode}: {p.stderr}')
            kills += 1
            c.whole(old if to_new else (), new, parts)  # two hooks change one after the other,
            if i % 2:                   # cleared by itself, or by the next change
                c.must('repair', '-q')
                c.whole(old if to_new else (), new)     # and are both old or both new in the end
                if any(r['state'] != 'attached' for r in c.rows()):
                    raise Failed('repair left something over')
            elif to_new:
                c.apply(to_new)
                if c.says_the_truth() != set(new):
                    raise Failed('applied anew, it is not the new chain')
            if c.rows():
                c.must('detach', to_new or to_old, '-q')
            else:
                c.must('repair', '-q')
            left = c.clean()
            if left:
                raise Failed('left behind: ' + ', '.join(left))
        except Failed as e:
            raise Failed(f'{name}, killed before {line}: {e}')
    if kills < 5:
        raise Failed(f'{name}: only {kills} calls were found that change something')
    print(f'{name}: {kills} calls', flush=True)


def main():
    if os.geteuid() or not shutil.which('strace'):
        skip('strace is not installed' if os.geteuid() == 0 else 'only root can attach')
    tmp = tempfile.mkdtemp(prefix='bpfgraft-kill.')
    try:
        own_namespaces(tmp)
        net = Network()
        for obj, flags in (('tc.bpf.o', []), ('xdp.bpf.o', ['-DXDP'])):
            tool('clang-19', '-O2', '-g', '-target', 'bpf', '-I/usr/include/' + os.uname().machine + '-linux-gnu', *flags, '-c',
                 os.path.join(SOURCE, 'tests/kernel/programs/port.bpf.c'), '-o', os.path.join(tmp, obj))
        c, wanted = Changes(tmp, net), ''.join(sys.argv[1:2])
        kinds = {'tcx, fused': ('tc-ingress', 'fused', ''), 'tcx, separate': ('tc-ingress', 'separate', ''),
                 'tcx, tail calls': ('tc-ingress', 'tailcall', ''), 'clsact, fused': ('tc-ingress', 'fused', '    attach: tc\n'),
                 'clsact, separate': ('tc-ingress', 'separate', '    attach: tc\n'),
                 'XDP link, fused': ('xdp', 'fused', '    exclusive: true\n'),
                 'XDP link and tcx': ('both', 'fused', ''), 'XDP link and clsact': ('both', 'fused', '    attach: tc\n')}
        for kind, (hook, join, extra) in kinds.items():
            to_old, to_new = (spec(tmp, n, hook, join, extra, p) for n, p in (('old', OLD), ('new', NEW)))
            for name, old, new, a, b in (('first', (), NEW, None, to_new), ('another', OLD, NEW, to_old, to_new),
                                         ('detach', OLD, (), to_old, None)):
                if wanted == 'all' or (wanted in f'{kind}, {name}' if wanted else kind in SHORT):
                    kill_everywhere(c, f'{kind}, {name}', old, new, a, b, ((0, 1), (1, 2)) if hook == 'both' else ((0, 2),))
    except Failed as e:
        print('FAILED:', e)
        sys.exit(1)
    finally:
        subprocess.run(['umount', '-l', os.path.join(tmp, 'bpf')], capture_output=True)
        shutil.rmtree(tmp, ignore_errors=True)


main()
