package plain

import "github.com/assay-id/assay/verifier"

// constantLiars give one answer whatever they are asked. Every scenario that
// does not allow that answer must catch them; those that they name stand for
// all.
func constantLiars() []Liar {
	return []Liar{
		{
			Name:     "accept-all",
			Fault:    "It accepts every token and every configuration.",
			CaughtBy: []string{"sig.flip", "alg.none", "iss.other", "aud.other-client", "exp.past", "cfg.empty-issuer"},
			bend: func(c *craft) {
				c.configuration = func(*verifier.Config) *verifier.Error { return nil }
				c.checks = []check{{"everything", (*judgement).settle}}
				c.client.takesAll = true
			},
		},
		{
			Name:     "reject-all",
			Fault:    "It refuses every token.",
			CaughtBy: []string{"base.minimal", "aud.string", "alg.ok-es256", "nbf.past", "scalekit.fsa-token"},
			bend: func(c *craft) {
				c.checks = []check{{"everything", func(*judgement) *verifier.Error { return malformed("", "a token", "none") }}}
			},
		},
	}
}
