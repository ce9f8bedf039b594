#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# verify --kernel: Debian's Linux 6.1 in a virtual machine, for a program that runs there as here and one that does not load there; and what is
# said of machines that panic, hang, lie, or cannot be made, by a stand-in for qemu.
. "$(dirname "$0")/cli-lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all "loading programs needs root"

# Two objects that differ in nothing but their file: what is compared is kernels.
cat >plain.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u64); } limits SEC(".maps");
SEC("xdp") int prog(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 key = 2;
	__u64 *limit = bpf_map_lookup_elem(&limits, &key);

	if (!limit || data + 14 > end)
		return XDP_ABORTED;
	return end - data > *limit ? XDP_DROP : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
EOC
cat >newer.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr) __ksym;
SEC("xdp") int prog(struct xdp_md *ctx)
{
	struct bpf_dynptr p;

	return bpf_dynptr_from_xdp(ctx, 0, &p) ? XDP_ABORTED : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
EOC
for p in plain newer; do
	clang-19 -O2 -g -target bpf -I"/usr/include/$(uname -m)-linux-gnu" -c $p.bpf.c -o $p.bpf.o
	cp $p.bpf.o $p.port.bpf.o
done
cat >packets.yaml <<'EOS'
vectors:
  - {name: "short, \"quoted\"", hex: "0200000000010200000000020800450000140000000040110000010203040506070800000000"}
  - {name: long, hex: "02000000000102000000000208004500001400000000401100000102030405060708000000000000000000000000000000000000000000000000000000000000"}
EOS
echo 'limits: [{key: 2, value: 50}]' >maps.yaml
args=(--from xdp --to xdp --entry prog --vectors packets.yaml)

# A stand-in: what a machine could do. It gets qemu's arguments and writes to the files of its three serial lines.
mkdir stub
cat >stub/qemu-system-x86_64 <<'EOQ'
#!/bin/bash
lines=()
while [ $# -gt 0 ]; do [ "$1" = -serial ] && lines+=("${2#file:}"); shift; done
case $MACHINE in
panic) printf 'boot\r\n[ 1.0] Kernel panic - not syncing: VFS: \x1b[31mno root\r\nrebooting\r\n' >"${lines[0]}" ;;
hang) echo waiting >"${lines[0]}"; sleep 60 ;;
noise) head -c 100000 /dev/urandom >"${lines[1]}"; printf 'release:9.9\r\nexit:0\r\n' >"${lines[2]}" ;;
lie) echo '{"verify": [{"report": 7}], "diagnostics": {"a": 1}}' >"${lines[1]}"; echo exit:0 >"${lines[2]}" ;;
broken) echo 'qemu: no such machine' >&2; exit 1 ;;
esac
EOQ
chmod +x stub/qemu-system-x86_64
echo kernel >vmlinuz
machine() {
	echo "# machine: $1"
	MACHINE=$1 BPFGRAFT_VM_SECONDS=2 PATH=$PWD/stub:$PATH run verify plain.bpf.o plain.port.bpf.o "${args[@]}" --maps maps.yaml --kernel ./vmlinuz --json
}
if [ -x /usr/bin/busybox ] || [ -x /bin/busybox ]; then
	machine panic
	check "a panic: exit 4" exits 4
	check "a panic: named" grep -q 'Kernel panic - not syncing: VFS: \\x1b\[31mno root \[BG2562\]$' "$TMP/err"
	check "a panic: the comparison on this kernel stands" holds '.verify[0].report | .verdict.equal and (.kernels[0] | .loads == null and .release == null)'
	machine hang
	check "a machine that hangs: exit 4, with the reason" bash -c "[ $code -eq 4 ] && grep -q 'did not end in 2 seconds; the last that it said: waiting' '$TMP/err'"
	machine noise
	check "noise: exit 4" exits 4
	check "noise: no result" holds '.verify[0].report.kernels[0] | .release == "9.9" and .loads == null and .equal == null'
	machine lie
	check "what is no result: exit 4" exits 4
	MACHINE=lie PATH=$PWD/stub:$PATH run verify plain.bpf.o plain.port.bpf.o "${args[@]}" --maps maps.yaml --generate 600 --kernel ./vmlinuz
	check "many packets: that not all are sent is said" grep -qE "other kernels get the first 500 of [0-9]+ packets \[BG2563\]$" "$TMP/err"
	machine broken
	check "qemu fails: what it says" says "qemu: no such machine"
fi
run verify plain.bpf.o plain.port.bpf.o "${args[@]}" --maps maps.yaml --kernel ./nothing
check "no such image: exit 4" exits 4
check "no such image: said" says "[BG2561]"
run verify plain.bpf.o plain.port.bpf.o "${args[@]}" --maps maps.yaml --kernel 99.99
check "no kernel of that version: said" says "no kernel 99.99 is in /boot"
run verify plain.bpf.o plain.port.bpf.o "${args[@]}" --maps packets.yaml
check "--maps with maps that are not there: exit 2" exits 2
run verify plain.bpf.o plain.port.bpf.o "${args[@]}" --maps maps.yaml --json
check "the verifier's figures on this kernel" holds '.verify[0].report | .kernels == null and (.verifier | .original.instructions > 5 and .original == .port)'
check "--maps: the contents count" holds '[.verify[0].report.vectors[].verdict_a] == ["XDP_PASS", "XDP_DROP"]'
[ "$failures" -eq 0 ] || finish

# The machine itself.
[ "$(uname -m)" = x86_64 ] || skip_all "the virtual machine is for x86_64"
for tool in qemu-system-x86_64 busybox dpkg-deb; do command -v $tool >/dev/null || skip_all "$tool is not installed"; done
cache=${VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfgraft}/vm
kernel=$(compgen -G "$cache/linux-image-6.1*.deb" | sort -V | tail -n 1) # first: it is unpacked
[ -n "$kernel" ] || kernel=$(compgen -G "/boot/vmlinuz-6.1*" | sort -V | tail -n 1)
[ -n "$kernel" ] || kernel=${BPFGRAFT_VM_DEB:-}
[ -n "$kernel" ] || skip_all "no Linux 6.1 in /boot or $cache (tests/vm/run-in-vm downloads it)"
run verify plain.bpf.o plain.port.bpf.o "${args[@]}" --maps maps.yaml --kernel "$kernel" --json
check "6.1: exit 0" exits 0
check "6.1: loads, and all packets are equal" holds '.verify[0].report.kernels[0] | (.release | startswith("6.1.")) and .loads and .equal and .packets == 2 and .cause == null'
check "6.1: the verifier's figures there" holds '.verify[0].report.kernels[0].verifier.original.instructions > 5'
if ! grep -qw bpf_dynptr_from_xdp /proc/kallsyms; then
	echo "# this kernel has no bpf_dynptr_from_xdp: no program that loads here and not on 6.1"
	finish
fi
run verify newer.bpf.o newer.port.bpf.o "${args[@]}" --kernel "$kernel"
check "a program that needs a newer kernel: exit 1" exits 1
check "a program that needs a newer kernel: the cause" grep -qE "on Linux 6\.1\.[^ ]* a program does not load: .*bpf_dynptr_from_xdp.* \[BG2560\]$" "$TMP/err"
check "a program that needs a newer kernel: in the table" grep -qE '^prog +6\.1\.[^ ]+ +no ' "$TMP/out"
# units that have no port: what matters is whether they load there
git init -q -b main up
cat >up/u.bpf.c <<'EOC'
// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *ptr) __ksym;
static __attribute__((noinline)) int is_long(struct xdp_md *ctx) { return ctx->data_end - ctx->data > 100; }
SEC("xdp") int newer(struct xdp_md *ctx)
{
	struct bpf_dynptr p;

	return is_long(ctx) || bpf_dynptr_from_xdp(ctx, 0, &p) ? XDP_ABORTED : XDP_PASS;
}
char LICENSE[] SEC("license") = "GPL";
EOC
git -C up add -A
git -C up -c user.name=u -c user.email=u@example.org commit -qm one
cat >alone.yaml <<'EOS'
bpfgraft: 1
repositories: {up: {url: ./up, revision: main}}
extract:
  - {name: newer, from: up, at: "u.bpf.c:newer"}
  - {name: longer, from: up, at: "u.bpf.c:is_long"}
EOS
run verify alone.yaml --kernel "$kernel" --json
check "a unit alone that needs a newer kernel: exit 1" exits 1
check "a unit alone that needs a newer kernel: loads here, not there, with the cause" holds '.verify[0] | .name == "newer" and .exit == 1 and .packets > 50 and
	(.report.kernels[0] | (.release | startswith("6.1.")) and .loads == false and (.cause | contains("bpf_dynptr_from_xdp")) and .packets == null)'
check "a helper alone, by its harness: loads and runs there" holds '.verify[1] | .name == "longer" and .exit == 0 and
	(.report.kernels[0] | .loads and .equal == null and .packets > 50 and .verifier.original.instructions > 5 and .verifier.port == null)'
finish
