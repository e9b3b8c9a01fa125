package plain

import "github.com/assay-id/assay/verifier"

// constantLiars give one answer to everything. Every scenario that does not
// allow that answer must catch them; those that they name are a sample.
func constantLiars() []Liar {
	return []Liar{
		{"accept-all", "It accepts every token and every configuration.",
			ids{"sig.flip", "alg.none", "iss.other", "aud.other-client", "exp.past", "cfg.empty-issuer"},
			func(h *habits) {
				h.config.check = anyConfiguration
				h.checks = []check{{"everything", (*judgement).settle}}
				h.client.pretends = true
			}},
		{"reject-all", "It refuses every token.",
			ids{"base.minimal", "aud.string", "alg.ok-es256", "nbf.past", "scalekit.fsa-token"},
			func(h *habits) {
				h.checks = []check{{"everything", func(*judgement) *verifier.Error { return malformed("", "a token", "none") }}}
			}},
	}
}

func anyConfiguration(*verifier.Config) *verifier.Error { return nil }
