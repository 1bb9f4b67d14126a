// The example of a unit test is one: loading it here runs it.
import '../../examples/unit-test/summarise.test.ts'
