package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/assay-id/assay/mockidp/fault"
)

// Client talks to a [Server]. The zero value is not usable: URL must be set.
// Its errors are of type *[Problem] if the server has refused something.
type Client struct {
	// URL is the URL of the server, for instance http://127.0.0.1:40124.
	URL string

	// HTTP makes the requests. Nil means a client that gives up after 30 s.
	HTTP *http.Client
}

const (
	// clientTimeout bounds a request of the default client.
	clientTimeout = 30 * time.Second

	// maxAnswer bounds what a client reads: the whole evidence of a set of
	// faults has 4,096 entries of at most 32 KiB.
	maxAnswer = 256 << 20
)

// Do sends in as JSON, unless it is nil, and reads the answer into out,
// unless that is nil. path is a path of the API with its query.
func (c *Client) Do(ctx context.Context, method, path string, in, out any) error {
	client := c.HTTP
	if client == nil {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		client = &http.Client{Transport: transport, Timeout: clientTimeout}
	}
	response, err := c.send(ctx, client, method, path, in)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer of %s: %w", path, err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", path, err)
	}
	return nil
}

// send returns the answer to a request unless it is a refusal.
func (c *Client) send(ctx context.Context, client *http.Client, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("writing the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.URL+path, body)
	if err != nil {
		return nil, err
	}
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil || response.StatusCode < http.StatusBadRequest {
		return response, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", path, err)
	}
	refused := &Problem{}
	if err := json.Unmarshal(text, refused); err != nil || refused.Status == 0 {
		return nil, fmt.Errorf("%s %s answers %s, which is not an answer of a control API",
			method, c.URL+path, response.Status)
	}
	return nil, refused
}

// below returns the path of something in an environment.
func below(environment, rest string) string {
	if environment == "" {
		environment = rootName
	}
	return "/environments/" + url.PathEscape(environment) + rest
}

// Environments returns all environments, sorted by name.
func (c *Client) Environments(ctx context.Context) ([]Environment, error) {
	var out struct{ Environments []Environment }
	err := c.Do(ctx, http.MethodGet, "/environments", nil, &out)
	return out.Environments, err
}

// Environment describes one environment.
func (c *Client) Environment(ctx context.Context, environment string) (Environment, error) {
	var out Environment
	err := c.Do(ctx, http.MethodGet, below(environment, ""), nil, &out)
	return out, err
}

// Create makes an environment.
func (c *Client) Create(ctx context.Context, spec Spec) (Environment, error) {
	var out Environment
	err := c.Do(ctx, http.MethodPost, "/environments", spec, &out)
	return out, err
}

// Remove removes an environment.
func (c *Client) Remove(ctx context.Context, environment string) error {
	return c.Do(ctx, http.MethodDelete, below(environment, ""), nil, nil)
}

// Faults returns the faults that can still strike.
func (c *Client) Faults(ctx context.Context, environment string) ([]fault.Fault, error) {
	var out planted
	err := c.Do(ctx, http.MethodGet, below(environment, "/faults"), nil, &out)
	return out.Faults, err
}

// Populate adds faults, all of them or none, and replaces those with the same
// IDs. It returns all faults that can still strike.
func (c *Client) Populate(
	ctx context.Context, environment string, faults ...fault.Fault,
) ([]fault.Fault, error) {
	var out planted
	err := c.Do(ctx, http.MethodPost, below(environment, "/faults"), planted{list(faults)}, &out)
	return out.Faults, err
}

// ResetFaults removes all faults.
func (c *Client) ResetFaults(ctx context.Context, environment string) error {
	return c.Do(ctx, http.MethodDelete, below(environment, "/faults"), nil, nil)
}

// RemoveFault removes one fault.
func (c *Client) RemoveFault(ctx context.Context, environment, id string) error {
	return c.Do(ctx, http.MethodDelete, below(environment, "/faults/"+url.PathEscape(id)), nil, nil)
}

// SetBudget bounds the faults.
func (c *Client) SetBudget(ctx context.Context, environment string, b Budget) error {
	return c.Do(ctx, http.MethodPut, below(environment, "/budget"), b, nil)
}

// Applications returns what faults have struck, oldest first.
func (c *Client) Applications(
	ctx context.Context, environment string, f Filter,
) ([]Application, error) {
	var out struct{ Applications []Application }
	err := c.Do(ctx, http.MethodGet, below(environment, "/applications?"+f.values().Encode()), nil,
		&out)
	return out.Applications, err
}

// Requests returns the requests that an environment has received, oldest
// first.
func (c *Client) Requests(ctx context.Context, environment string, f Filter) ([]Request, error) {
	var out struct{ Requests []Request }
	err := c.Do(ctx, http.MethodGet, below(environment, "/requests?"+f.values().Encode()), nil,
		&out)
	return out.Requests, err
}

// Keys returns the signing keys and their timeline.
func (c *Client) Keys(ctx context.Context, environment string) (Keys, error) {
	return c.keys(ctx, http.MethodGet, environment, "/keys", nil)
}

// Rotate rotates the keys once.
func (c *Client) Rotate(ctx context.Context, environment string, t Turn) (Keys, error) {
	return c.keys(ctx, http.MethodPost, environment, "/keys/rotate", t)
}

// Promote makes a published key the signing key, the last one if kid is
// empty.
func (c *Client) Promote(ctx context.Context, environment, kid string) (Keys, error) {
	return c.keys(ctx, http.MethodPost, environment, "/keys/promote", Named{kid})
}

// Retire takes a key out of the JWK Set, the last one if kid is empty.
func (c *Client) Retire(ctx context.Context, environment, kid string) (Keys, error) {
	return c.keys(ctx, http.MethodPost, environment, "/keys/retire", Named{kid})
}

// Follow rotates the keys as time passes. The zero value stops that.
func (c *Client) Follow(ctx context.Context, environment string, r Rotation) (Keys, error) {
	if r == (Rotation{}) {
		return c.keys(ctx, http.MethodDelete, environment, "/keys/rotation", nil)
	}
	return c.keys(ctx, http.MethodPut, environment, "/keys/rotation", r)
}

// Serve says how the keys are served from now on. The zero value returns to
// the default.
func (c *Client) Serve(ctx context.Context, environment string, s Serving) error {
	return c.Do(ctx, http.MethodPut, below(environment, "/keys/serving"), s, nil)
}

func (c *Client) keys(ctx context.Context, method, environment, rest string, in any) (Keys, error) {
	var out Keys
	err := c.Do(ctx, method, below(environment, rest), in, &out)
	return out, err
}

// Forge returns a token without a login, as the environment would issue it but
// for a change.
func (c *Client) Forge(ctx context.Context, environment string, o Order) (string, error) {
	var out Forged
	err := c.Do(ctx, http.MethodPost, below(environment, "/tokens"), o, &out)
	return out.Token, err
}

// Users returns the users.
func (c *Client) Users(ctx context.Context, environment string) ([]User, error) {
	var out struct{ Users []User }
	err := c.Do(ctx, http.MethodGet, below(environment, "/users"), nil, &out)
	return out.Users, err
}

// PatchClient registers a client, or changes the members of a registered one
// that change has; see [Party]. It returns the client as it is then.
func (c *Client) PatchClient(ctx context.Context, environment, id string, change map[string]any) (Party, error) {
	var out Party
	err := c.Do(ctx, http.MethodPatch, below(environment, "/clients/"+url.PathEscape(id)), change, &out)
	return out, err
}

// RemoveClient removes a client.
func (c *Client) RemoveClient(ctx context.Context, environment, id string) error {
	return c.Do(ctx, http.MethodDelete, below(environment, "/clients/"+url.PathEscape(id)), nil, nil)
}

// PatchUser adds a user, or changes the members of one that change has; see
// [User]. It returns the user as they are then. A user who becomes inactive
// loses all sessions and tokens.
func (c *Client) PatchUser(ctx context.Context, environment, id string, change map[string]any) (User, error) {
	var out User
	err := c.Do(ctx, http.MethodPatch, below(environment, "/users/"+url.PathEscape(id)), change, &out)
	return out, err
}

// RemoveUser removes a user with all sessions and tokens.
func (c *Client) RemoveUser(ctx context.Context, environment, id string) error {
	return c.Do(ctx, http.MethodDelete, below(environment, "/users/"+url.PathEscape(id)), nil, nil)
}

// StartLogin returns the URL at which a login starts that no application has
// asked for.
func (c *Client) StartLogin(ctx context.Context, environment string, s LoginStart) (string, error) {
	var out Started
	err := c.Do(ctx, http.MethodPost, below(environment, "/logins"), s, &out)
	return out.URL, err
}

// TOTP returns the code that the authenticator app of a user shows: one that the
// login page takes.
func (c *Client) TOTP(ctx context.Context, environment, userID string) (string, error) {
	var out TOTP
	err := c.Do(ctx, http.MethodGet, below(environment, "/users/"+url.PathEscape(userID)+"/totp"), nil, &out)
	return out.Code, err
}

// Organizations returns the organizations.
func (c *Client) Organizations(ctx context.Context, environment string) ([]Organization, error) {
	var out struct{ Organizations []Organization }
	err := c.Do(ctx, http.MethodGet, below(environment, "/organizations"), nil, &out)
	return out.Organizations, err
}

// PatchOrganization changes the members of an organization that change has; see
// [Organization]. It returns the organization as it is then.
func (c *Client) PatchOrganization(ctx context.Context, environment, id string, change map[string]any) (Organization, error) {
	var out Organization
	err := c.Do(ctx, http.MethodPatch, below(environment, "/organizations/"+url.PathEscape(id)), change, &out)
	return out, err
}

// Attempts returns the log of sign-ins, oldest first.
func (c *Client) Attempts(ctx context.Context, environment string) ([]Attempt, error) {
	var out struct{ Attempts []Attempt }
	err := c.Do(ctx, http.MethodGet, below(environment, "/attempts"), nil, &out)
	return out.Attempts, err
}

// Outbox returns what was mailed, oldest first.
func (c *Client) Outbox(ctx context.Context, environment string) ([]Mail, error) {
	var out struct{ Mails []Mail }
	err := c.Do(ctx, http.MethodGet, below(environment, "/outbox"), nil, &out)
	return out.Mails, err
}

// Listeners returns the ports of the server.
func (c *Client) Listeners(ctx context.Context) ([]Listener, error) {
	var out struct{ Listeners []Listener }
	err := c.Do(ctx, http.MethodGet, "/listeners", nil, &out)
	return out.Listeners, err
}

// Listen opens an additional port.
func (c *Client) Listen(ctx context.Context, o Opening) (Listener, error) {
	var out Listener
	err := c.Do(ctx, http.MethodPost, "/listeners", o, &out)
	return out, err
}

// Certify changes the certificate of a listener.
func (c *Client) Certify(ctx context.Context, asked Certificate) (Listener, error) {
	var out Listener
	err := c.Do(ctx, http.MethodPut, "/listeners/certificate", asked, &out)
	return out, err
}
