#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# Every diagnostic is provoked by a test that names its id: those that no test of their own stage names are provoked here. What cannot be is in
# explain-ids.exceptions, each with the reason; an id that is named by now may not stay there.
. "$(dirname "$0")/cli-lib.sh"

cat "$SOURCE"/*/*_ids.def | sed -nE 's/^X\(([A-Z0-9_]+), *([0-9]+),.*/\1 \2/p' | while read -r name n; do
	printf 'BG%04d %s\n' "$n" "$name"
done >defined
check "there are ids" test "$(wc -l <defined)" -gt 150
# the words BGnnnn and BG_ID_NAME of all tests but the list of exceptions
grep -rhoE --exclude=explain-ids.exceptions '\bBG([0-9]{4}|_ID_[A-Z0-9_]+)\b' "$SOURCE/tests" | sort -u >words
while read -r id name; do
	grep -qx -e "$id" -e "BG_ID_$name" words || echo "$id"
done <defined | sort >unnamed
grep -oE '^BG[0-9]{4}' "$SOURCE/tests/e2e/explain-ids.exceptions" | sort >excepted
check "every id is named by a test, or is an exception" test -z "$(comm -23 unnamed excepted)" || comm -23 unnamed excepted | sed 's/^/# no test names /'
check "no exception is one no longer" test -z "$(comm -13 unnamed excepted)" || comm -13 unnamed excepted | sed 's/^/# a test names /'
check "every exception has a reason" test -z "$(grep -vE '^(#|$)|^BG[0-9]{4} .{20,}' "$SOURCE/tests/e2e/explain-ids.exceptions")"

# provokes ID ARGS...: the command line says ID, in the one shape.
provokes() {
	local id=$1
	shift
	run "$@"
	check "$id: $*" grep -qE "\[$id\]$" "$TMP/err"
	check "$id: shape" well_formed
}

head='// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";'
# source NAME: a file of the repository, from stdin behind the head.
mkdir up
source() { { echo "$head"; cat; } >"up/$1"; }

source writers.bpf.c <<'EOC'
static int limit = 5;
SEC("xdp") int other(struct xdp_md *ctx) { limit = ctx->rx_queue_index; return XDP_PASS; }
SEC("xdp") int reads(struct xdp_md *ctx) { return ctx->ingress_ifindex > limit ? XDP_DROP : XDP_PASS; }
EOC
source helper.bpf.c <<'EOC'
static __always_inline int twice(int (*f)(int), int x) { return f(f(x)); }
static int one(int x) { return x + 1; }
SEC("xdp") int calls(struct xdp_md *ctx) { return twice(one, ctx->rx_queue_index); }
EOC
source asks.bpf.c <<'EOC'
extern struct { int x; } elsewhere;
SEC("xdp") int asks(struct xdp_md *ctx) { return elsewhere.x; }
EOC
source vmlinux.bpf.c <<'EOC'
#undef __LINUX_BPF_H__
EOC
cat >up/vmlinux.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
SEC("xdp") int typed(struct xdp_md *ctx) { return XDP_PASS; }
EOC
source glibc.bpf.c <<'EOC'
#include <string.h>
SEC("xdp") int headers(struct xdp_md *ctx) { return XDP_PASS; }
EOC
source template.bpf.c.in <<'EOC'
define(`VERDICT', `XDP_PASS')
SEC("xdp") int made(struct xdp_md *ctx) { return VERDICT; }
/* syscmd(`true') */
EOC
source cpumap.bpf.c <<'EOC'
SEC("xdp/cpumap") int on_cpu(struct xdp_md *ctx) { return XDP_PASS; }
EOC
git -C up init -q && git -C up add -A && git -C up -c user.name=t -c user.email=t@example.org commit -qm first

extract="extract --repo up -o out --at"
provokes BG1005 $extract no/such/file.bpf.c:f
provokes BG1202 $extract helper.bpf.c:twice
provokes BG1221 $extract helper.bpf.c:twice
provokes BG1251 $extract writers.bpf.c:reads
provokes BG1016 $extract writers.bpf.c:reads
provokes BG1017 $extract asks.bpf.c:asks --prove-minimal
[ ! -r /sys/kernel/btf/vmlinux ] || provokes BG1015 $extract vmlinux.bpf.c:typed
[ -e /usr/include/x86_64-linux-gnu/gnu/stubs-32.h ] || [ "$(uname -m)" != x86_64 ] || provokes BG1018 $extract glibc.bpf.c:headers
! command -v m4 >/dev/null || provokes BG1033 $extract template.bpf.c.in:made
provokes BG2108 check up/cpumap.bpf.c --to tc --kernel 6.1

# What would be a fault of extraction, by a clang that takes our files for others: $TEXT is changed in files whose names end in $FILE.
cat >other-clang <<'EOC'
#!/bin/bash
n=$#
for ((i = 1; i <= n; i++)); do
	[[ ${!i} == *.bpf.c && ${!i} == *"$FILE" ]] || continue
	other=$(mktemp -d)/$(basename "${!i}")
	sed "$TEXT" "${!i}" >"$other"
	set -- "${@:1:i-1}" -I"$(dirname "${!i}")" "$other" "${@:i+1}"
	break
done
exec clang-19 "$@"
EOC
chmod +x other-clang
source sound.bpf.c <<'EOC'
struct frame { unsigned char bytes[14]; };
static __attribute__((noinline)) int first(struct xdp_md *ctx)
{
	struct frame *f = (void *)(long)ctx->data;

	if (f + 1 > (struct frame *)(long)ctx->data_end)
		return 0;
	return f->bytes[0];
}
SEC("xdp") int sound(struct xdp_md *ctx) { return first(ctx) ? XDP_DROP : XDP_PASS; }
EOC
mkdir -p up/not-exact
cp "$SOURCE"/tests/extract/cases/69b-not-exact/* up/not-exact/
git -C up add -A && git -C up -c user.name=t -c user.email=t@example.org commit -qm faults
export BPFGRAFT_CLANG=$PWD/other-clang
FILE=/sound.bpf.c TEXT='1i #error no' provokes BG1007 $extract sound.bpf.c:sound
check "BG1007: exit 1" exits 1
FILE=out/sound.bpf.c TEXT='s/XDP_DROP/XDP_TX/' provokes BG1008 $extract sound.bpf.c:sound
check "BG1008: exit 1" exits 1
FILE=.harness.bpf.c TEXT='1i #error no' provokes BG1222 $extract sound.bpf.c:first
unset BPFGRAFT_CLANG
provokes BG1019 $extract "not-exact/$(cd up/not-exact && ls ./*.bpf.c | head -n 1 | sed 's|^./||'):prog" --exact

# Rules that are wrong: one without its header, one that is missing, a runtime header that does not compile.
if command -v spatch >/dev/null; then
	source port.bpf.c <<-'EOC'
	SEC("xdp") int port(struct xdp_md *ctx) { return (void *)(long)ctx->data + 14 > (void *)(long)ctx->data_end ? XDP_DROP : XDP_PASS; }
	EOC
	cp -r "$SOURCE/rules" rules
	export BPFGRAFT_RULES="$PWD/rules"
	echo '@@ @@' >rules/xdp-to-tc/99-broken.cocci
	provokes BG2113 rules
	rm rules/xdp-to-tc/99-broken.cocci rules/xdp-to-tc/90-context-type.cocci
	provokes BG2110 transform up/port.bpf.c --to tc --kernel 6.1 -o out/residue.bpf.c
	cp "$SOURCE/rules/xdp-to-tc/90-context-type.cocci" rules/xdp-to-tc/
	echo 'static __attribute__((used)) int bg_broken(void) { asm volatile("no such instruction"); return 0; }' >>rules/include/bpfgraft/xdp_on_skb.h
	provokes BG2114 transform up/port.bpf.c --to tc --kernel 6.1 -o out/broken.bpf.c
	unset BPFGRAFT_RULES
else
	echo "# spatch is not installed: no rule is broken"
fi

finish() {
	echo "1..$tests"
	exit $((failures > 0))
}
[ "$(id -u)" -eq 0 ] || { echo "# loading needs root: the rest is not provoked"; finish; }

source unchecked.bpf.c <<'EOC'
SEC("xdp") int unchecked(struct xdp_md *ctx) { return *(char *)(long)ctx->data; }
EOC
source sizeless.bpf.c <<'EOC'
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int); __type(value, int); } sizeless SEC(".maps");
SEC("xdp") int loaded(struct xdp_md *ctx) { int k = 0, *v = bpf_map_lookup_elem(&sizeless, &k); return v && *v ? XDP_DROP : XDP_PASS; }
EOC
source wild.bpf.c <<'EOC'
static __always_inline int wild(unsigned long at) { return *(int *)at; }
SEC("xdp") int never(struct xdp_md *ctx) { return wild(ctx->rx_queue_index); }
EOC
git -C up add -A && git -C up -c user.name=t -c user.email=t@example.org commit -qm second
provokes BG1010 $extract unchecked.bpf.c:unchecked
provokes BG2209 transform up/unchecked.bpf.c --to tc -o out/unchecked.tc.bpf.c
provokes BG1213 $extract sizeless.bpf.c:loaded
provokes BG1223 $extract wild.bpf.c:wild

BPFGRAFT_CLANG=$PWD/other-clang FILE=out/sound.bpf.c TEXT='s/f + 1 >/f >/' provokes BG1009 $extract sound.bpf.c:sound
check "BG1009: exit 1" exits 1

cat >maps.c <<'EOC'
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, long); } count SEC(".maps");
EOC
body='{ int k = 0; long *n = bpf_map_lookup_elem(&count, &k); if (n) ++*n; bpf_ringbuf_output(&events, &k, 4, 0); return 2; }'
{ echo "$head"; cat maps.c; echo "SEC(\"xdp\") int counts(struct xdp_md *ctx) $body"; } >a.bpf.c
{ echo "$head"; sed 's/value, long/value, int/; s/long/int/' maps.c; echo "SEC(\"xdp\") int counts(struct xdp_md *ctx) ${body/long/int}"; } >b.bpf.c
for o in a b; do
	clang-19 -O2 -g -target bpf -idirafter "/usr/include/$(uname -m)-linux-gnu" -c $o.bpf.c -o $o.bpf.o
done
provokes BG2504 verify a.bpf.o b.bpf.o --from xdp --to xdp --entry counts
provokes BG2514 verify a.bpf.o b.bpf.o --from xdp --to xdp --entry counts
provokes BG2513 verify a.bpf.o b.bpf.o --from xdp --to netfilter --entry counts
# with SCRIPT ARGS...: the program is run by this shell script, which has its path in $0
real=$BPFGRAFT
with() {
	printf '#!/bin/sh\nset -- "%s" "$@"\n%s\n' "$real" "$1" >with
	chmod +x with
	shift
	BPFGRAFT=$PWD/with
	provokes "$@"
	BPFGRAFT=$real
}
if command -v strace >/dev/null; then # LeakSanitizer cannot work in a traced process
	with 'ASAN_OPTIONS=detect_leaks=0 exec strace -f -qq -o /dev/null -e trace=sched_setaffinity -e inject=sched_setaffinity:error=EINVAL "$@"' \
		BG2515 verify a.bpf.o a.bpf.o --from xdp --to xdp --entry counts
	check "BG2515: exit 4" exits 4
fi

netns="bpfgraft-ids-$$"
ip netns add "$netns" 2>/dev/null || { echo "# no network namespace can be made here: nothing is composed"; finish; }
trap 'ip netns del "$netns"; rm -rf "$TMP"' EXIT
ip -n "$netns" link add veth0 type veth peer name veth1
{ echo "$head"; echo 'struct value { int a; }; struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, struct value); } table SEC(".maps");'
	echo 'int level = 1; SEC("tc") int member(struct __sk_buff *skb) { int k = 0; struct value *v = bpf_map_lookup_elem(&table, &k); return v && v->a > level ? 2 : -1; }'; } >member.bpf.c
# member TEXT...: a spec of one member with this in it.
member() {
	printf '%s\n' 'bpfgraft: 1' 'compose:' "  - {name: ids, interface: veth0, netns: $netns, hook: tc-ingress, chain: [{run: m, source: member.bpf.c, $1}]}" >member.yaml
}
# A lock that is held for longer than anybody waits, in a BPF file system of its own; meanwhile all else is done.
member 'globals: {level: 1}'
mv member.yaml locked.yaml
mkdir bpf
# shellcheck disable=SC2016 # expanded by the inner shell
unshare -m sh -c 'mount -t bpf bpf bpf && mkdir bpf/bpfgraft && BPFGRAFT_BPFFS=$PWD/bpf exec flock bpf/bpfgraft "$@"' sh \
	"$BPFGRAFT" apply locked.yaml -o locked </dev/null >locked.out 2>locked.err &
locked=$!
member 'globals: {no_such_variable: 1}'
provokes BG0306 compose member.yaml
member 'maps: {table: {entries: [{key: 0, value: {no_such_field: 1}}]}}'
provokes BG0301 compose member.yaml
member 'globals: {level: [1, 2]}'
provokes BG0300 compose member.yaml
provokes BG3021 detach veth0 --netns "$netns"
member "maps: {table: {pin: /sys/fs/bpf/$netns/table, entries: [{key: 0, value: {a: 1}}]}}"
run apply member.yaml
provokes BG3029 config set no_such_variable 1
provokes BG3024 apply member.yaml
if setpriv --bounding-set=-all --inh-caps=-all true 2>/dev/null; then
	with 'exec setpriv --bounding-set=-all --inh-caps=-all "$@"' BG3025 status lo
fi
BPFGRAFT_TEST_KILL_AT=3 run apply member.yaml
provokes BG3020 apply member.yaml
run apply member.yaml
record=$(find /sys/fs/bpf/bpfgraft -path '*ids*' -name state | head -n 1)
check "there is a record" test -e "$record"
# A pin that cannot go, because something is mounted there; in a mount namespace of its own, which ends with the command.
pin=$(find "$(dirname "$record")" -name 'prog*' | head -n 1)
with "export PIN=$pin; exec unshare -m sh -c 'mount --bind /dev/null \"\$PIN\" && exec \"\$@\"' sh \"\$@\"" BG3026 detach member.yaml
check "BG3026: exit 4" exits 4
run detach member.yaml
member 'globals: {level: 2}'
run apply member.yaml
if command -v bpftool >/dev/null; then
	record=$(find /sys/fs/bpf/bpfgraft -path '*ids*' -name state | head -n 1)
	rm "$record"
	bpftool map create "$record" type array key 4 value 4 entries 1 name other
	provokes BG3017 status veth0 --netns "$netns"
	provokes BG3017 apply member.yaml
	check "BG3017: exit 1" exits 1
fi
run detach member.yaml
check "detached by its name, whatever became of the record" exits 0
{ echo "$head"; echo 'SEC("xdp") int member(struct xdp_md *ctx) { return XDP_PASS; }'; } >xdp.bpf.c
eleven=$(for i in 1 2 3 4 5 6 7 8 9 10 11; do printf '{run: m%s, source: xdp.bpf.c}, ' $i; done)
printf '%s\n' 'bpfgraft: 1' 'compose:' "  - {name: many, interface: veth0, netns: $netns, hook: xdp, attach: libxdp, join: separate, chain: [${eleven%, }]}" >many.yaml
provokes BG3023 compose many.yaml
wait $locked
code=$?
cp locked.err "$TMP/err"
check "BG3016: exit 4" exits 4
check "BG3016: said" grep -qE '^bpfgraft: error: another bpfgraft has been changing datapaths for 30 seconds \[BG3016\]$' locked.err
check "nothing is left" test ! -e "/sys/fs/bpf/$netns"

finish
