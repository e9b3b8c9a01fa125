package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// PutClient registers a client, or replaces the one with its ID. Codes and tokens
// that were issued stay valid. The error says what is wrong with the client.
func (d *Directory) PutClient(c Client) error { return d.ReplaceClient(c.ID, c) }

// ReplaceClient is like PutClient and replaces the client with the ID id, which
// may be another one.
func (d *Directory) ReplaceClient(id string, c Client) error {
	c = c.complete()
	return d.change(func(next *state) error {
		next.clients = put(next.clients, id, &c, (*Client).id)
		return nil
	})
}

// RemoveClient removes a client. It returns an error if there is no such client
// or no other one.
func (d *Directory) RemoveClient(id string) error {
	return d.change(func(next *state) (err error) {
		next.clients, err = without(next.clients, id, "client", (*Client).id)
		return err
	})
}

// ErrEmailTaken means that another user has the e-mail address already.
var ErrEmailTaken = errors.New("the e-mail address is taken")

// PutUser adds a user, or replaces the one with their ID. Logins from before keep
// the old one. The error says what is wrong with the user.
func (d *Directory) PutUser(u User) error {
	u = u.Clone()
	return d.change(func(next *state) error {
		for _, other := range next.users {
			if other.ID != u.ID && u.Email != "" && strings.EqualFold(other.Email, u.Email) {
				return fmt.Errorf("%w: user %q has %s", ErrEmailTaken, other.ID, other.Email)
			}
		}
		next.users = put(next.users, u.ID, &u, (*User).id)
		if len(next.users) > maxUsers {
			return fmt.Errorf("there are %d accounts, which is the limit", maxUsers)
		}
		return nil
	})
}

// RemoveUser removes a user. It returns an error if there is no such user or no
// other one.
func (d *Directory) RemoveUser(id string) error {
	return d.change(func(next *state) (err error) {
		next.users, err = without(next.users, id, "user", (*User).id)
		return err
	})
}

// PutOrganization replaces the organization with its ID. Sessions from before
// keep the old one. The error says that there is no such organization, or what
// is wrong with it.
func (d *Directory) PutOrganization(o Organization) error {
	o = o.Clone()
	return d.change(func(next *state) error {
		known := len(next.organizations)
		next.organizations = put(next.organizations, o.ID, &o, (*Organization).id)
		if len(next.organizations) > known {
			return fmt.Errorf("there is no organization %q", o.ID)
		}
		return nil
	})
}

// state is what can change in a directory.
type state struct {
	clients []*Client
	users   []*User

	organizations []*Organization
}

// change makes a change if it leaves a valid configuration.
func (d *Directory) change(edit func(next *state) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := state{slices.Clone(d.clients), slices.Clone(d.users), slices.Clone(d.organizations)}
	if err := edit(&next); err != nil {
		return err
	}
	cfg := Config{
		Clients: values(next.clients), Users: values(next.users),
		Organizations: values(next.organizations), Connections: d.cfg.Connections,
	}
	if err := cfg.Validate(); err != nil {
		return err
	}
	d.clients, d.users, d.organizations = next.clients, next.users, next.organizations
	return nil
}

func (c *Client) id() string { return c.ID }
func (u *User) id() string   { return u.ID }

func (o *Organization) id() string { return o.ID }

// put replaces the entry with the ID old by x, or appends x.
func put[T any](all []*T, old string, x *T, id func(*T) string) []*T {
	for i := range all {
		if id(all[i]) == old {
			all[i] = x
			return all
		}
	}
	return append(all, x)
}

// without removes the entry with the ID.
func without[T any](all []*T, asked, what string, id func(*T) string) ([]*T, error) {
	rest := slices.DeleteFunc(slices.Clone(all), func(x *T) bool { return id(x) == asked })
	switch len(rest) {
	case len(all):
		return nil, fmt.Errorf("there is no %s %q", what, asked)
	case 0:
		return nil, fmt.Errorf("%s %q is the only one, and an environment needs one", what, asked)
	}
	return rest, nil
}

// values returns what all point to. It is never nil, which would mean the
// default.
func values[T any](all []*T) []T {
	out := make([]T, 0, len(all))
	for _, x := range all {
		out = append(out, *x)
	}
	return out
}
