package scenarios

import "github.com/goccy/go-yaml/ast"

// Rotate moves the key ring of the environment. Key names a key of the case.
type Rotate struct {
	Mode RotationMode `yaml:"mode"`
	Key  string       `yaml:"key"`
}

func (*Rotate) about() about { return about{key: "rotate", environment: true, shareable: true} }

func (r *Rotate) check(c *stepChecker, node ast.Node) error {
	if r.Mode == "" {
		return errorAt(node, "the rotation has no mode")
	}
	return c.key(r.Key, child(node, "key"))
}

// Promote signs with the key of this name, which was published before.
type Promote string

func (*Promote) about() about { return about{key: "promote", environment: true, shareable: true} }

func (p *Promote) check(c *stepChecker, node ast.Node) error { return c.key(string(*p), node) }

// Retire takes the key of this name out of the JWK Set.
type Retire string

func (*Retire) about() about { return about{key: "retire", environment: true, shareable: true} }

func (r *Retire) check(c *stepChecker, node ast.Node) error { return c.key(string(*r), node) }

// Publish serves this template instead of the ring's JWK Set. The empty string
// returns to the ring.
type Publish struct{ Template }

func (*Publish) about() about { return about{key: "publish", environment: true, shareable: true} }

func (*Publish) check(*stepChecker, ast.Node) error { return nil }

// Move serves the JWK Set at this path from now on, which jwks_uri then names.
// The old path answers 404.
type Move string

func (*Move) about() about { return about{key: "move", environment: true} }

func (*Move) check(*stepChecker, ast.Node) error { return nil }
