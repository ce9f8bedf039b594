# Tests of verification: values, vectors, and comparisons in the kernel.
bg_unit_test(value bg_core)
bg_unit_test(vectors bg_transform)

add_executable(test_verify kernel/test_verify.c)
target_compile_definitions(test_verify PRIVATE BG_TEST_PROGRAMS="${CMAKE_CURRENT_SOURCE_DIR}/kernel/verify")
target_include_directories(test_verify PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_link_libraries(test_verify PRIVATE bg_transform PkgConfig::CUNIT)
add_test(NAME kernel.verify COMMAND test_verify)
set_tests_properties(kernel.verify PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300)

# Every mistake in a rule or in the runtime header is noticed.
add_test(NAME kernel.mutants COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/mutants/run.py)
set_tests_properties(kernel.mutants PROPERTIES LABELS "kernel;rule" SKIP_RETURN_CODE 77 TIMEOUT 1200
	ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>;SOURCE=${PROJECT_SOURCE_DIR}")

bg_script_test(wire e2e/wire.sh kernel)
bg_script_test(large-wire e2e/large-wire.sh kernel)
