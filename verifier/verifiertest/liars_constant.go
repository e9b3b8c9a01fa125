package verifiertest

import "github.com/assay-id/assay/verifier"

// constantLiars give one answer whatever they are asked. Every scenario that
// expects another must catch them; those that they name are the first.
func constantLiars() []Liar {
	return []Liar{
		{
			Name:     "accept-all",
			Drops:    "It accepts every token and every configuration.",
			CaughtBy: []string{"sig.flip", "alg.none", "iss.other", "aud.other-client", "exp.past", "cfg.empty-issuer"},
			bend: func(c *craft) {
				c.configuration = func(*verifier.Config) *verifier.Error { return nil }
				c.wrap("size", func(j *judgement, _ judge) *verifier.Error { return j.settle() })
			},
		},
		{
			Name:     "reject-all",
			Drops:    "It refuses every token.",
			CaughtBy: []string{"base.no-typ", "aud.string", "alg.ok-es256", "nbf.past", "scalekit.fsa-token"},
			bend: func(c *craft) {
				c.wrap("size", func(*judgement, judge) *verifier.Error { return malformed("", "a token", "none") })
			},
		},
	}
}
