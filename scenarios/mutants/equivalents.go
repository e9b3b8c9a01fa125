package main

// equivalents are the mutants that behave as the original does as far as
// anybody outside of the package can tell, each with the reason.
var equivalents = []struct {
	key
	why string
}{}

// equivalent returns why m is equivalent, or "".
func equivalent(m *Mutant) string {
	for _, e := range equivalents {
		if e.key == m.key {
			return e.why
		}
	}
	return ""
}
