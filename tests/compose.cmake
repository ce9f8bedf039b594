# Tests of compose/.
add_library(bg_test_fixture STATIC kernel/fixture.c)
target_include_directories(bg_test_fixture PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/kernel ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_compile_definitions(bg_test_fixture PRIVATE TEST_PROGRAMS="${CMAKE_CURRENT_SOURCE_DIR}/kernel/programs")
target_link_libraries(bg_test_fixture PUBLIC bg_compose PkgConfig::CUNIT)

# bg_kernel_test(NAME): tests/kernel/test_NAME.c, which makes namespaces of its own and exits 77 where it may not.
function(bg_kernel_test name)
	add_executable(test_${name} kernel/test_${name}.c)
	target_link_libraries(test_${name} PRIVATE bg_test_fixture)
	add_test(NAME kernel.${name} COMMAND test_${name})
	set_tests_properties(kernel.${name} PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 600)
endfunction()

bg_kernel_test(fuse)
bg_kernel_test(object)
bg_kernel_test(carry)
bg_kernel_test(parts)
bg_kernel_test(compose_apply)
bg_kernel_test(compose_join)
bg_kernel_test(compose_random)
bg_kernel_test(compose_crash)
bg_kernel_test(compose_refuse)
bg_kernel_test(compose_libxdp)
target_link_libraries(test_compose_libxdp PRIVATE bg_library)
add_test(NAME kernel.compose_kill COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/kernel/kill_at_calls.py)
set_tests_properties(kernel.compose_kill PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 900
	ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>;SOURCE=${PROJECT_SOURCE_DIR}")
# Swaps, cycles and reloads by the hundred: tests/bench/soak; here a few of each. It looks for BPF objects left on the machine by names that
# no other test gives, and waits for another of its own kind.
bg_kernel_test(compose_soak)
target_sources(test_compose_soak PRIVATE kernel/soak_swap.c kernel/soak_leak.c kernel/soak_tcp.c)
target_link_libraries(test_compose_soak PRIVATE bg_library)
# The tests with libxdp on Linux 6.1 in a virtual machine, where it can be made.
add_test(NAME kernel.compose_libxdp_vm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vm/compose-libxdp)
set_tests_properties(kernel.compose_libxdp_vm PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 600
	ENVIRONMENT "TEST=$<TARGET_FILE:test_compose_libxdp>;SOURCE=${PROJECT_SOURCE_DIR}")
add_test(NAME kernel.compose_random_vm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vm/compose-libxdp 8)
set_tests_properties(kernel.compose_random_vm PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 600
	ENVIRONMENT "TEST=$<TARGET_FILE:test_compose_random>;SOURCE=${PROJECT_SOURCE_DIR}")
add_test(NAME kernel.compose_soak_vm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/vm/compose-libxdp 5 20 2)
set_tests_properties(kernel.compose_soak_vm PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 600
	ENVIRONMENT "TEST=$<TARGET_FILE:test_compose_soak>;SOURCE=${PROJECT_SOURCE_DIR}")
bg_unit_test(plan bg_compose)
bg_script_test(two-hooks e2e/two-hooks.sh kernel)
bg_script_test(compose-emit e2e/compose-emit.sh kernel)
bg_script_test(compose-crd e2e/compose-crd.sh kernel)

# Run by tests/bench/compose.
add_executable(bench_compose bench/bench_compose.c)
target_link_libraries(bench_compose PRIVATE bg_compose)
