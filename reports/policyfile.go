package reports

import "strings"

// PolicyFile says what the implementation chose on purpose. The cases were
// judged under these choices.
type PolicyFile struct {
	Name    string   `json:"name"`
	Choices []Choice `json:"choices"`
}

// Choice is one line of a policy file.
type Choice struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Line  int    `json:"line"`
}

// String returns the file and its choices in one line, or "" for nil.
func (f *PolicyFile) String() string {
	if f == nil {
		return ""
	}
	var parts []string
	for _, c := range f.Choices {
		parts = append(parts, c.Name+": "+c.Value)
	}
	return f.Name + " (" + strings.Join(parts, "; ") + ")"
}
