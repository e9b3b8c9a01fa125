package run

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/assay-id/assay/mockidp/charmock"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/verifier"
)

// The page and the keys of Char's side.
const (
	pageOrigin = "https://app.example"
	liveKey    = "pk_live_8Jx2vQ0cTn4Rb7Wz"
	revokedKey = "pk_live_2Yd6mK9sFh3Lp1Ga"
)

// charSide is Char's side of a case, which asks the verifier under test.
type charSide struct {
	server  *charmock.Server
	client  *http.Client
	tickets map[string]string // keyed by the name in the case

	mu  sync.Mutex
	err error // from the implementation, which an HTTP answer cannot tell
}

// charmock returns Char's side of the case, which starts when it is needed.
func (c *caseRun) charmock(ctx context.Context) (*charSide, error) {
	if c.char != nil {
		return c.char, nil
	}
	side := &charSide{client: c.place.flowClient(), tickets: make(map[string]string)}
	var err error
	side.server, err = charmock.Start(ctx, charmock.Config{
		Verify: func(ctx context.Context, token string) (charmock.Identity, error) {
			return c.identify(ctx, side, token)
		},
		Probe: func(ctx context.Context, issuer string) (charmock.Connection, error) {
			found, err := verifier.Discover(ctx, issuer, verifier.RemoteConfig{
				LoopbackHTTP: true, Transport: c.place.inside,
			})
			return charmock.Connection{Issuer: found.Issuer, JWKSURI: found.JWKSURI}, err
		},
		Keys: []charmock.PublishableKey{
			{Key: liveKey, Organization: "org_58327482062864391", Origins: []string{pageOrigin}},
			{Key: revokedKey, Organization: "org_58327482062864391", Origins: []string{pageOrigin}, Revoked: true},
		},
		Now: c.place.clock.now,
	})
	if err != nil {
		return nil, fmt.Errorf("starting Char's side: %w", err)
	}
	c.char = side
	return side, nil
}

// identify asks the verifier under test. A refusal has the documented code
// that its reason belongs to.
func (c *caseRun) identify(
	ctx context.Context, side *charSide, token string,
) (charmock.Identity, error) {
	input := implementations.Input{Token: token}
	err := c.undecided(input)
	var answer implementations.Answer
	if err == nil {
		answer, _, err = c.callTimed(ctx, scenarios.DefaultVerifier, input, 0)
	}
	if err != nil {
		side.mu.Lock()
		defer side.mu.Unlock()
		side.err = err
		return charmock.Identity{}, err
	}
	if answer.Verdict != scenarios.Accept {
		refusal := &charmock.Refusal{
			Code: string(verifier.Reason(answer.Reason).Code()), Message: answer.String(),
		}
		if answer.Reason == "" || answer.Reason == "OTHER" {
			refusal.Code = unknownCode
		}
		return charmock.Identity{}, refusal
	}
	var identity charmock.Identity
	for claim, dst := range map[string]*string{
		"sub": &identity.UserID, "oid": &identity.OrganizationID,
	} {
		if raw, ok := answer.Claims[claim]; ok {
			if err := json.Unmarshal(raw, dst); err != nil {
				return identity, &charmock.Refusal{
					Code: string(verifier.CodeInvalidToken), Message: claim + " is not a string",
				}
			}
		}
	}
	return identity, nil
}

// unknownCode replaces the code of a refusal whose reason the implementation
// cannot tell.
const unknownCode = "OTHER"

func (c *caseRun) stepExchange(ctx context.Context, s *scenarios.Exchange) outcome {
	o := outcome{do: "exchange for a ticket: " + s.Token, want: cmp.Or(s.Expect, "a ticket")}
	side, err := c.charmock(ctx)
	if err != nil {
		o.err = err
		return o
	}
	path, header, body := "/api/auth/ticket", http.Header{}, []byte(nil)
	switch {
	case s.Key != "":
		path = "/api/auth/pk-ticket"
		if body, o.err = c.mint.pageBody(s); o.err != nil {
			return o
		}
		switch s.Origin {
		case "":
			header.Set("Origin", pageOrigin)
		case "other":
			header.Set("Origin", pageOrigin+".evil.example")
		}
	case s.Token != "":
		header.Set("Authorization", "Bearer "+c.mint.tokens[s.Token])
	}
	var answer struct {
		Ticket    string `json:"ticket"`
		UserID    string `json:"userId"`
		ExpiresIn int    `json:"expiresIn"`
	}
	side.ask(ctx, call{path, header, body, s.Expect}, &answer, &o)
	if o.ok && answer.Ticket != "" {
		side.tickets[s.As] = answer.Ticket
		o.got = fmt.Sprintf("a ticket for %d s", answer.ExpiresIn)
	}
	return o
}

// pageBody returns what a page sends.
func (mt *mint) pageBody(s *scenarios.Exchange) ([]byte, error) {
	if s.Body != nil {
		text, err := mt.render(*s.Body, scope{})
		return []byte(text), err
	}
	key := map[string]string{
		"live": liveKey, "revoked": revokedKey, "unknown": "pk_live_0000000000000000",
		"malformed": "sk_live_1",
	}[s.Key]
	body := map[string]string{"publishable_key": key}
	if s.Token != "" {
		body["id_token"] = mt.tokens[s.Token]
	}
	return json.Marshal(body)
}

func (c *caseRun) stepConnect(ctx context.Context, s *scenarios.Connect) outcome {
	o := outcome{do: "connect with the ticket " + s.Ticket, want: cmp.Or(s.Expect, "a session")}
	side, err := c.charmock(ctx)
	if err != nil {
		o.err = err
		return o
	}
	body, err := json.Marshal(map[string]string{"ticket": side.tickets[s.Ticket]})
	if err != nil {
		o.err = err
		return o
	}
	var answer struct {
		UserID string `json:"userId"`
	}
	side.ask(ctx, call{"/api/connect", http.Header{}, body, s.Expect}, &answer, &o)
	if o.ok && s.Expect == "" {
		o.got = "a session of " + answer.UserID
	}
	return o
}

func (c *caseRun) stepProbe(ctx context.Context, s *scenarios.Probe) outcome {
	o := outcome{do: "test the connection", want: s.Expect}
	side, err := c.charmock(ctx)
	if err != nil {
		o.err = err
		return o
	}
	issuer := c.place.issuer
	if s.Issuer != nil {
		if issuer, o.err = c.mint.render(*s.Issuer, scope{}); o.err != nil {
			return o
		}
	}
	body, err := json.Marshal(map[string]string{"idp_type": "custom_oidc", "idp_issuer": issuer})
	if err != nil {
		o.err = err
		return o
	}
	var answer struct {
		Success bool   `json:"success"`
		Error   string `json:"error"`
	}
	side.ask(ctx, call{"/api/identity-providers/test", http.Header{}, body, ""}, &answer, &o)
	if !o.ok {
		return o
	}
	if o.got = "failure"; answer.Success {
		o.got = "success"
	}
	if o.ok = o.got == s.Expect; answer.Error != "" {
		o.got += ": " + answer.Error
	}
	return o
}

// charTimeout bounds one request to Char's side, which may wait for keys.
const charTimeout = 20 * time.Second

// call is one request to Char's side.
type call struct {
	path   string
	header http.Header
	body   []byte
	code   string // the code of the expected refusal, or empty
}

// ask makes a call and fills in how it ended. A successful answer goes into
// dst.
func (side *charSide) ask(ctx context.Context, call call, dst any, o *outcome) {
	ctx, cancel := context.WithTimeout(ctx, charTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, side.server.URL()+call.path,
		bytes.NewReader(call.body))
	if err != nil {
		o.err = err
		return
	}
	req.Header = call.header
	res, err := side.client.Do(req)
	if err != nil {
		o.err = err
		return
	}
	defer res.Body.Close()
	side.mu.Lock()
	o.err = side.err
	side.mu.Unlock()
	if o.err != nil {
		return
	}
	if res.StatusCode == http.StatusOK {
		o.err = json.NewDecoder(res.Body).Decode(dst)
		o.got = "success"
		o.ok = o.err == nil && call.code == ""
		return
	}
	var failure struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	if o.err = json.NewDecoder(res.Body).Decode(&failure); o.err != nil {
		return
	}
	o.got = failure.Error.Code
	o.reason.unknown = call.code != "" && o.got == unknownCode
	o.ok = o.got == call.code || o.reason.unknown
	if !o.ok {
		o.got += ": " + failure.Error.Message
	}
}
