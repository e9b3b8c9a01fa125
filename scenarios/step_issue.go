package scenarios

import "github.com/goccy/go-yaml/ast"

// Issue changes the ID Tokens that the environment issues from now on. The zero
// value returns to the genuine ones.
type Issue struct {
	Token `yaml:",inline"`
}

func (*Issue) about() about { return about{key: "issue", environment: true} }

func (i *Issue) check(_ *stepChecker, node ast.Node) error { return checkIssue(&i.Token, node) }

// checkIssue refuses what has no effect on tokens that the environment issues.
func checkIssue(t *Token, node ast.Node) error {
	for _, key := range []struct{ name, value string }{
		{"flow", string(t.Flow)}, {"use", string(t.Use)}, {"scope", t.Scope},
	} {
		if key.value != "" {
			return errorAt(child(node, key.name), "%s has no effect on what is issued", key.name)
		}
	}
	return nil
}
