# Tests of transform/.
