#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# compose --emit bpfman keeps the schema of bpfman-operator's CustomResourceDefinition, whose file (bundle/manifests or config/crd/bases of
# that repository) BPFMAN_CRD names.
. "$(dirname "$0")/cli-lib.sh"

[ -n "${BPFMAN_CRD:-}" ] || skip_all "BPFMAN_CRD names no file with bpfman's ClusterBpfApplication"
[ -r "$BPFMAN_CRD" ] || skip_all "the file that BPFMAN_CRD names cannot be read"
[ "$(id -u)" = 0 ] || skip_all "loading programs needs root"
python3 -c 'import yaml' 2>/dev/null || skip_all "python3 has no yaml (Debian: python3-yaml)"
PROGRAMS=$SOURCE/tests/kernel/programs

keeps_schema() { python3 "$SOURCE/tests/e2e/crd.py" "$BPFMAN_CRD" "$1"; }
hooks=(xdp:xdp tc-ingress:tcx tc-egress:tc)
for hook in "${hooks[@]}"; do
	for join in fused separate; do
		[ "$hook-$join" = xdp:xdp-separate ] && continue
		source=step.bpf.c more='globals: {digit: 3}'
		[ "${hook%:*}" = xdp ] && source=fuse.bpf.c more='program: plain, globals: {modulus: 3}, continue_on: [pass, tx]'
		name=Chain_of-${hook%:*}.$join
		cat >"$name.yaml" <<E
bpfgraft: 1
compose:
  - name: $name
    interface: eth0
    hook: ${hook%:*}
    attach: ${hook#*:}
    join: $join
    chain:
      - {run: first, source: $PROGRAMS/$source, $more}
      - {run: second-one, source: $PROGRAMS/$source, $more}
E
		run compose "$name.yaml" --emit bpfman -o out
		if [ "$code" = 4 ] && says BG3013; then
			check "$hook $join: the kernel lacks ${hook#*:}" true
			continue
		fi
		check "$hook $join: exit 0" exits 0
		check "$hook $join: valid" keeps_schema "out/compose/$name/bpfman.yaml"
	done
done

# The validator finds what is wrong.
good="out/compose/Chain_of-xdp.fused/bpfman.yaml"
invalid() { # WHAT SED-SCRIPT
	sed "$2" "$good" >bad.yaml
	check "not valid: $1" bash -c "! cmp -s '$good' bad.yaml && ! python3 '$SOURCE/tests/e2e/crd.py' '$BPFMAN_CRD' bad.yaml"
}
invalid "a verdict that there is not" 's/- Pass/- Go/'
invalid "a priority out of range" 's/priority: .*/priority: 5000/'
invalid "an unknown field" 's/priority:/prio:/'
invalid "a type without its key" 's/type: XDP/type: TC/'
invalid "no base64" 's/_modulus: .*/_modulus: "###"/'
invalid "no node selector" '/nodeSelector/d'
invalid "another version" 's/v1alpha1/v1/'

finish
