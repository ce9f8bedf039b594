# Tests of compose/.
