package scenarios

import "github.com/goccy/go-yaml/ast"

// Refresh exchanges the refresh token of the login or refresh named From at the
// Token Endpoint, and keeps the answer under As.
type Refresh struct {
	From   string   `yaml:"from"`
	As     string   `yaml:"as"`
	Secret string   `yaml:"secret"` // "wrong", "id" (the secret's ID instead of the secret) or "" for the right one
	Client string   `yaml:"client"` // "other" presents it as another client
	Token  Template `yaml:"token"`  // template of a refresh token instead of the session's
	Times  int      `yaml:"times"`  // how many at once; 0 means one

	// Expect is the OAuth error code that must come, or empty for success.
	// With Times, all but the winner must get it.
	Expect string `yaml:"expect"`

	// Lacks lists members that the answer must not have, such as
	// refresh_token.
	Lacks []string `yaml:"lacks"`
}

func (*Refresh) about() about { return about{key: "refresh", environment: true} }

func (r *Refresh) check(c *stepChecker, node ast.Node) error {
	for _, word := range []struct {
		key, value string
		known      []string
	}{{"secret", r.Secret, []string{"wrong", "id"}}, {"client", r.Client, []string{"other"}}} {
		if err := oneOfWords(word.key, word.value, word.known); err != nil {
			return errorAt(child(node, word.key), "%v", err)
		}
	}
	if err := c.session(r.From, child(node, "from")); err != nil {
		return err
	}
	c.judged = c.judged || r.Expect != "" || len(r.Lacks) > 0
	if r.As == "" {
		if r.Expect == "" && len(r.Lacks) == 0 {
			return errorAt(node, "the refresh neither keeps nor expects anything")
		}
		return nil
	}
	return c.makesSession(r.As, node)
}

// Revoke ends the session of this name at the revocation endpoint, as a logout
// does.
type Revoke string

func (*Revoke) about() about { return about{key: "revoke", environment: true} }

func (r *Revoke) check(c *stepChecker, node ast.Node) error { return c.session(string(*r), node) }
