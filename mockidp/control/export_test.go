package control

import "slices"

// Patterns returns the endpoints of a server, sorted, as net/http writes
// them.
func (s *Server) Patterns() []string {
	var patterns []string
	for pattern := range s.documents() {
		patterns = append(patterns, pattern)
	}
	for _, o := range s.operations() {
		patterns = append(patterns, o.pattern)
	}
	slices.Sort(patterns)
	return patterns
}
