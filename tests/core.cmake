# Tests of core/.
if(BG_FUZZ)
	target_compile_options(bg_common INTERFACE -fsanitize=fuzzer-no-link)
	add_executable(fuzz_spec fuzz/fuzz_spec.c)
	target_link_libraries(fuzz_spec PRIVATE bg_core)
	target_link_options(fuzz_spec PRIVATE -fsanitize=fuzzer)
endif()
