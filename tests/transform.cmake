# Tests of transform/: every rule has a case (in.c, out.c, report.txt); a rule without one fails the configuration.
set(rule_cases
	10-ingress-ifindex 11-rx-queue-index 12-egress-ifindex 13-data-meta 20-adjust-head 21-adjust-tail 22-adjust-meta
	23-load-bytes 24-store-bytes 25-get-buff-len 29-broadcast 30-redirect 31-redirect-map 40-dynptr 41-ct-lookup
	42-ct-alloc 43-metadata 44-declarations 50-verdict 51-verdict-hidden 52-verdict-blind 53-verdict-members 54-verdict-untyped
	55-verdict-relocated 56-attribute-region 57-shadowed-type 58-context-shell 59-function-made-by-macro 60-begin 70-return-type 90-context-type
	tc-10-ifindex tc-11-queue-mapping tc-12-length tc-13-protocol tc-14-vlan tc-20-bytes tc-21-resize tc-22-vlan-tag tc-23-checksum
	tc-30-redirect tc-32-tail-call tc-33-tail-call-blind tc-40-dynptr tc-41-ct-lookup tc-42-ct-alloc tc-45-home tc-46-home-begin tc-47-home-meta
	tc-50-verdict tc-51-verdict-hidden tc-52-verdict-blind tc-53-verdict-members tc-55-context tc-56-offset-in-map tc-60-begin tc-90-context-type
	legacy-10-definition legacy-11-elf-map legacy-12-port legacy-20-annotation)
foreach(case ${rule_cases})
	foreach(file in.c out.c report.txt)
		if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/rules/${case}/${file})
			message(FATAL_ERROR "tests/rules/${case} lacks ${file}")
		endif()
	endforeach()
	add_test(NAME rule.${case} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/rules/run.sh ${case})
	set_tests_properties(rule.${case} PROPERTIES LABELS rule SKIP_RETURN_CODE 77 TIMEOUT 120
		ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>;SOURCE=${PROJECT_SOURCE_DIR}")
endforeach()
# The cases of a set begin with its prefix: '' for xdp-to-tc.
foreach(set xdp-to-tc: tc-to-xdp:tc- legacy-maps:legacy-)
	string(REGEX REPLACE ":.*" "" folder ${set})
	string(REGEX REPLACE ".*:" "" prefix ${set})
	file(GLOB rule_files RELATIVE ${PROJECT_SOURCE_DIR}/rules/${folder} ${PROJECT_SOURCE_DIR}/rules/${folder}/*.cocci)
	foreach(file ${rule_files})
		string(REPLACE ".cocci" "" case ${file})
		if(NOT ${prefix}${case} IN_LIST rule_cases)
			message(FATAL_ERROR "the rule ${folder}/${file} has no case in tests/rules")
		endif()
	endforeach()
endforeach()

bg_unit_test(transform bg_transform)
bg_unit_test(feas bg_transform)
bg_unit_test(tc_to_xdp bg_transform)

add_executable(test_probe kernel/test_probe.c)
target_include_directories(test_probe PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_link_libraries(test_probe PRIVATE bg_transform PkgConfig::CUNIT)
add_test(NAME kernel.probe COMMAND test_probe)
set_tests_properties(kernel.probe PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 120)

add_executable(test_runtime kernel/test_runtime.c)
target_compile_definitions(test_runtime PRIVATE BG_TEST_PROGRAMS="${CMAKE_CURRENT_SOURCE_DIR}/kernel/runtime"
	BG_TEST_INCLUDE="${PROJECT_SOURCE_DIR}/rules/include")
target_include_directories(test_runtime PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_link_libraries(test_runtime PRIVATE bg_core PkgConfig::CUNIT)
add_test(NAME kernel.runtime COMMAND test_runtime)
set_tests_properties(kernel.runtime PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300)

bg_unit_test(legacy bg_transform)
add_executable(test_legacy_kernel kernel/test_legacy.c)
target_compile_definitions(test_legacy_kernel PRIVATE BG_TEST_CASES="${CMAKE_CURRENT_SOURCE_DIR}/rules")
target_include_directories(test_legacy_kernel PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_link_libraries(test_legacy_kernel PRIVATE bg_transform PkgConfig::CUNIT)
add_test(NAME kernel.legacy-maps COMMAND test_legacy_kernel)
set_tests_properties(kernel.legacy-maps PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 120
	ENVIRONMENT "BPFGRAFT_RULES=${PROJECT_SOURCE_DIR}/rules")

# A tool, no test: how the columns of rules/data/abilities.tsv and helpers.tsv are made.
add_executable(probe_table kernel/probe_table.c)
target_link_libraries(probe_table PRIVATE bg_transform)

bg_script_test(broadcast-wire e2e/broadcast-wire.sh kernel)
bg_script_test(egress-wire e2e/egress-wire.sh kernel)
bg_script_test(meta-wire e2e/meta-wire.sh kernel)
bg_script_test(tc-to-xdp e2e/tc-to-xdp.sh kernel)
bg_script_test(tail-wire e2e/tail-wire.sh kernel)
