# Tests of extract/.

# The hard cases: tests/extract/README.md. Every folder of tests/extract/cases is listed here; the last test holds that so.
set(BG_EXTRACT_CASES
	01-redefined-between-uses
	02-late-binding
	03-paste-to-macro
	04-paste-to-function
	05-x-macro
	06-condition-in-body
	07-condition-calls-macro
	08-attribute-under-ifdef
	08b-attribute-under-ifdef-not-taken
	09-attribute-on-prototype
	10-cleanup
	11-alias
	11b-older-instructions
	12-types-in-expressions
	13-several-declarators
	14-anonymous-enums
	15-map-types-by-pointer
	16-inner-map
	17-program-array
	18-callbacks
	19-global-function-pointee
	20-externs
	20b-kernel-function-pointers
	21-pragma-pack
	22-attribute-region
	23-written-by-another-program
	24-function-of-two-programs
	25-line-numbers
	26-counter
	27-static-assert
	28-block-scope
	29-one-name-many-things
	30-macro-makes-two-functions
	31-template-header
	32-define-inside-dropped-function
	33-call-in-assembly
	34-map-as-asm-operand
	35-extern-then-definition
	36-recursive-types
	37-builtin-first-used-elsewhere
	38-own-definition-of-system-macro
	39-generic-selection
	40-constant-table
	41-type-tags
	42-macro-for-a-system-header
	43-one-name-in-two-headers
	44-struct-ops
	45-bpf-prog
	46-signature-under-ifdef
	46b-condition-behind-attribute
	47-strings
	48-bit-fields
	49-macro-with-parameters-by-flag
	50-own-vmlinux
	51-header-needs-a-header
	52-empty-macros-between
	53-pragma-of-dropped-function
	54-implicit-declaration
	55-same-name-elsewhere
	56-long-comment
	57-flag-for-system-headers
	58-forced-include
	59-include-in-body
	60-header-is-asked-for
	61-helper
	62-helper-of-checked-packet
	63-nest-of-forty
	64-helper-with-callback
	65-helper-that-wants-more
	66-helper-with-cursor
	67-helper-specialised
	68-order-of-functions
	69-exact
	69b-not-exact
	69c-exact-helper
	70-other-program-needs-linking
	80-redundant-include
	81-attribute-macro
	82-condition-not-evaluated
	83-header-that-only-names
	84-region-without-access
	85-region-with-access
	86-tag-named-in-struct
	87-definition-that-a-header-has
	88-variable-without-initialiser
	91-tag-declared-by-its-user
	92-repeated-definition
	93-pointer-to-pointer
	93-maps-completed-by-the-loader
	94-list-of-structs
	95-undef-before-a-header
	96-kernel-types
	99-macros-in-pragmas
	98-folder-of-system-headers
	97-symbols-that-macros-put-into-asm
	97-long-branch
	98-linux-types
	98b-own-kernel-names
	98c-own-integer-type
	99-kptr-of-another-program
	99b-kptr-only-declared
)
foreach(c ${BG_EXTRACT_CASES})
	add_test(NAME golden.extract.${c} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/extract/run-case
		${CMAKE_CURRENT_SOURCE_DIR}/extract/cases/${c})
	set_tests_properties(golden.extract.${c} PROPERTIES LABELS golden SKIP_RETURN_CODE 77 TIMEOUT 300
		ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>")
endforeach()
add_test(NAME golden.extract_cases_listed COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/extract/cases-listed ${BG_EXTRACT_CASES})
set_tests_properties(golden.extract_cases_listed PROPERTIES LABELS golden)
bg_script_test(run-case extract/test-run-case golden)

foreach(t canon blank closure emit graph harness_args index lex licence macro minimal objcmp objcmp_mutants repo template)
	bg_unit_test(${t} bg_extract)
endforeach()
target_link_libraries(test_index PRIVATE PkgConfig::SQLITE)
target_link_libraries(test_objcmp_mutants PRIVATE PkgConfig::ELF)
bg_script_test(extract-errors e2e/extract-errors.sh golden)
bg_script_test(extract-answers e2e/extract-answers.sh golden)
bg_script_test(extract-notes e2e/extract-notes.sh golden)
bg_script_test(extract-input e2e/extract-input.sh golden)
bg_script_test(extract-again e2e/extract-again.sh golden)
bg_script_test(extract-licence e2e/extract-licence.sh golden)
bg_script_test(index e2e/index.sh golden)
bg_script_test(extract-template e2e/extract-template.sh golden)

# Every spec that takes a function out of a real upstream repository.
foreach(s firewall-katran katran-balancer katran-decap l3af-ratelimiting mizar-pass mizar-transit suricata-filter tutorial-icmp-echo tutorial-redirect-map)
	add_test(NAME upstream.${s} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/upstream/extract-spec.sh ${s})
	set_tests_properties(upstream.${s} PROPERTIES LABELS upstream SKIP_RETURN_CODE 77 TIMEOUT 900
		ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>;SOURCE=${PROJECT_SOURCE_DIR};BUILD=${PROJECT_BINARY_DIR}")
endforeach()

add_test(NAME upstream.l4lb COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/upstream/l4lb.sh)
set_tests_properties(upstream.l4lb PROPERTIES LABELS upstream SKIP_RETURN_CODE 77 TIMEOUT 300
	ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>;BUILD=${PROJECT_BINARY_DIR}")
add_test(NAME upstream.katran-helpers COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/upstream/katran-helpers.sh)
set_tests_properties(upstream.katran-helpers PROPERTIES LABELS upstream SKIP_RETURN_CODE 77 TIMEOUT 900
	ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>;BUILD=${PROJECT_BINARY_DIR}")
add_test(NAME upstream.regress-katran COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/upstream/regress-katran.sh)
set_tests_properties(upstream.regress-katran PROPERTIES LABELS upstream SKIP_RETURN_CODE 77 TIMEOUT 600
	ENVIRONMENT "BPFGRAFT=$<TARGET_FILE:bpfgraft>;BUILD=${PROJECT_BINARY_DIR}")

add_executable(test_harness kernel/test_harness.c)
target_include_directories(test_harness PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit)
target_link_libraries(test_harness PRIVATE bg_extract PkgConfig::CUNIT)
add_test(NAME kernel.harness COMMAND test_harness)
set_tests_properties(kernel.harness PROPERTIES LABELS kernel SKIP_RETURN_CODE 77 TIMEOUT 300)

# What the index's speed is measured against (tests/bench/index).
add_executable(bench-parse bench/parse.c)
target_link_libraries(bench-parse PRIVATE bg_core)
