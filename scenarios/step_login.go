package scenarios

import "github.com/goccy/go-yaml/ast"

// Login runs an authorization code flow with PKCE and keeps its tokens: the ID
// Token under the name As itself, the others under As.access and As.refresh.
type Login struct {
	As     string   `yaml:"as"`
	Scope  string   `yaml:"scope"`
	Nonce  Template `yaml:"nonce"`
	MaxAge Duration `yaml:"max_age"` // 0 asks for none
	Issue  *Token   `yaml:"issue"`   // changes its ID Token
	Expect string   `yaml:"expect"`  // an OAuth error code if the login must fail

	// Params are further parameters of the authorization request.
	Params map[string]string `yaml:"params"`

	// Browser uses the browser of the case, which stays signed in from one
	// such login to the next.
	Browser bool `yaml:"browser"`
}

func (*Login) about() about { return about{key: "login", environment: true} }

func (l *Login) check(c *stepChecker, node ast.Node) error {
	c.judged = c.judged || l.Expect != ""
	if l.Issue != nil {
		if err := checkIssue(l.Issue, child(node, "issue")); err != nil {
			return err
		}
	}
	if l.Expect != "" {
		return nil
	}
	return c.makesSession(l.As, node)
}
