package run

import (
	"context"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

func (c *caseRun) stepRotate(_ context.Context, s *scenarios.Rotate) outcome {
	var key *keyring.Key
	if s.Key != "" {
		var err error
		if key, err = c.place.key(s.Key); err != nil {
			return set(err, "rotate")
		}
	}
	return set(c.place.env.Ring().Rotate(keyring.Mode(s.Mode), key), "rotate: %s %s", s.Mode, s.Key)
}

func (c *caseRun) stepPromote(_ context.Context, s *scenarios.Promote) outcome {
	return c.stepKey("promote", string(*s), c.place.env.Ring().Promote)
}

func (c *caseRun) stepRetire(_ context.Context, s *scenarios.Retire) outcome {
	return c.stepKey("retire", string(*s), c.place.env.Ring().Retire)
}

func (c *caseRun) stepKey(what, name string, do func(string) error) outcome {
	key, err := c.place.key(name)
	if err == nil {
		err = do(key.ID())
	}
	return set(err, "%s %s", what, name)
}

func (c *caseRun) stepPublish(_ context.Context, s *scenarios.Publish) outcome {
	return done(c.mint.publish(s.Template, ""), "publish %s", cut(s.String()))
}

func (c *caseRun) stepMove(_ context.Context, s *scenarios.Move) outcome {
	err := c.place.env.Publish(func(p *mockidp.Publication) { p.JWKSPath = string(*s) })
	return set(err, "move the JWK Set to %s", *s)
}
