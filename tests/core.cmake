# Tests of core/.
foreach(t base diag fs hook proc spec spec_docs yaml)
	bg_unit_test(${t} bg_core)
endforeach()
foreach(t spec spec_docs)
	target_compile_definitions(test_${t} PRIVATE BG_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endforeach()

if(BG_FUZZ)
	target_compile_options(bg_common INTERFACE -fsanitize=fuzzer-no-link)
	add_executable(fuzz_spec fuzz/fuzz_spec.c)
	target_link_libraries(fuzz_spec PRIVATE bg_core)
	target_link_options(fuzz_spec PRIVATE -fsanitize=fuzzer)
endif()
