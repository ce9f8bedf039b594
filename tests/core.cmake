# Tests of core/.
foreach(t base diag fs hook linediff load parallel proc spec spec_docs yaml)
	bg_unit_test(${t} bg_core)
endforeach()
foreach(t spec spec_docs)
	target_compile_definitions(test_${t} PRIVATE BG_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endforeach()
bg_script_test(make_repo upstreams/test-make-repo golden)
