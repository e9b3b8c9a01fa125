package directory

import (
	"slices"

	"github.com/assay-id/assay/mockidp/internal/totp"
	"github.com/assay-id/assay/mockidp/internal/words"
)

// Factor is a way to confirm a login after the first proof.
type Factor string

// The second factors.
const (
	FactorTOTP  Factor = "totp"  // a code of an authenticator app; RFC 6238
	FactorEmail Factor = "email" // a code by e-mail
)

func factors() []Factor { return []Factor{FactorTOTP, FactorEmail} }

// The values of amr that a second factor adds to the connection. RFC 8176, 2.
const (
	amrPassword = "pwd"
	amrCode     = "otp"
	amrMultiple = "mfa"
)

// Confirmed returns the values that amr has, after the connection, when a
// login through a connection of type first was confirmed by a code.
func Confirmed(first ConnectionType) []string {
	if first == ConnectionPassword {
		return []string{amrPassword, amrCode, amrMultiple}
	}
	return []string{amrCode, amrMultiple}
}

// validateFactors checks what organizations and users say about second factors.
func (c *Config) validateFactors(problem func(string, ...any)) {
	for _, o := range c.Organizations {
		for i, f := range o.MFA {
			switch {
			case !slices.Contains(factors(), f):
				problem("organization %q has the second factor %q, want %s", o.ID, f, words.Join(factors()))
			case slices.Contains(o.MFA[:i], f):
				problem("organization %q has the second factor %q twice", o.ID, f)
			}
		}
	}
	for _, u := range c.Users {
		if u.TOTPSecret == "" {
			continue
		}
		if _, err := totp.Decode(u.TOTPSecret); err != nil {
			problem("the TOTP secret of user %q is %w", u.ID, err)
		}
	}
}
