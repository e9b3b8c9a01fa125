package fault

import (
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Forgery is a fault that was picked for one token.
type Forgery struct {
	fault Fault
	note  func(evidence)
}

// FaultID returns the ID of the fault.
func (f *Forgery) FaultID() string { return f.fault.ID }

// Token makes the changed token of the draft. genuine is the token as it
// should be, and find looks up keys by name for [forge.Change.Resolve]. A
// token to which the change cannot be applied, for instance because a claim
// to be dropped is missing, stays genuine, and the record says why.
func (f *Forgery) Token(
	d forge.Draft, genuine string, find func(name, alg string) (*keyring.Key, error),
) string {
	token, err := f.forge(d, find)
	if err != nil {
		f.note(evidence{genuine, genuine, err})
		return genuine
	}
	f.note(evidence{before: genuine, after: token})
	return token
}

func (f *Forgery) forge(
	d forge.Draft, find func(name, alg string) (*keyring.Key, error),
) (string, error) {
	change, err := f.fault.Attributes.Change.Resolve(find)
	if err != nil {
		return "", err
	}
	token, err := d.Forge(change)
	if err != nil {
		return "", err
	}
	return token.String(), nil
}
