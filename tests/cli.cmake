# Tests of cli/.
bg_unit_test(cli_opt bg_cli)
bg_unit_test(cli_results bg_cli)
bg_script_test(cli-help e2e/cli-help.sh golden)
bg_script_test(cli-errors e2e/cli-errors.sh golden)
bg_script_test(cli-env e2e/cli-env.sh golden)
bg_script_test(cli-run e2e/cli-run.sh kernel)
bg_script_test(cli-docs e2e/cli-docs.sh golden)
bg_script_test(cli-readme e2e/cli-readme.sh upstream)
