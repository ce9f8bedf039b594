# Fuzzing: docs/testing.md. With BG_FUZZ (the preset 'fuzz') the targets are libFuzzer's; else fuzz/standalone.c runs them.
if(BG_FUZZ)
	target_compile_options(bg_common INTERFACE -fsanitize=fuzzer-no-link)
	target_compile_definitions(bg_common INTERFACE FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION)
endif()

# bg_fuzz_target(NAME RUNS SEEDS LIBRARIES...): fuzz/fuzz_NAME.c, and the test that runs it over fuzz/corpus/NAME, the files in the folder
# SEEDS if any, and RUNS changed ones of both.
function(bg_fuzz_target name runs seeds)
	add_executable(fuzz_${name} fuzz/fuzz_${name}.c)
	target_link_libraries(fuzz_${name} PRIVATE ${ARGN})
	target_include_directories(fuzz_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
	if(BG_FUZZ)
		target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
	else()
		target_sources(fuzz_${name} PRIVATE fuzz/standalone.c)
	endif()
	add_test(NAME fuzz.${name} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/run $<TARGET_FILE:fuzz_${name}> ${runs}
		${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${name} ${seeds})
	set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 1500 COST 55)
endfunction()

bg_fuzz_target(lex 20000 ${CMAKE_CURRENT_SOURCE_DIR}/extract/cases bg_extract)
bg_fuzz_target(macro 2000 ${CMAKE_CURRENT_SOURCE_DIR}/extract/cases bg_extract)
bg_fuzz_target(alike 2000 "" bg_extract)
bg_fuzz_target(spec 2000 ${PROJECT_SOURCE_DIR}/specs bg_core)
bg_fuzz_target(vectors 2000 ${PROJECT_SOURCE_DIR}/specs/vectors bg_transform)
bg_fuzz_target(unit 100 "" bg_extract)
bg_fuzz_target(object 1000 "" bg_extract)

bg_fuzz_target(index 300 "" bg_extract)
bg_fuzz_target(rows 300 "" bg_extract)
foreach(t index rows)
	target_sources(fuzz_${t} PRIVATE fuzz/sample.c)
endforeach()
target_link_libraries(fuzz_rows PRIVATE PkgConfig::SQLITE)
