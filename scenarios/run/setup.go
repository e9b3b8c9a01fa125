package run

import (
	"cmp"
	"crypto/x509"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// setup returns the configuration of a verifier with changes applied.
func (c *caseRun) setup(cfg scenarios.Config) (implementations.Setup, error) {
	s := implementations.Setup{
		Issuer: c.issuer, Audience: []string{c.client.ID}, Policy: c.scenario.PolicyName(),
		Algorithms: cfg.Algorithms, MaxLifetimeSeconds: cfg.MaxLifetime.D().Seconds(),
		FetchTimeoutSeconds: cfg.FetchTimeout.D().Seconds(), MaxTokenBytes: cfg.MaxTokenBytes, CacheTokens: cfg.CacheTokens,
		AllowLoopbackHTTP: !c.static && !cfg.RefuseLoopbackHTTP,
	}
	if c.scenario.Environment.TLS != "" {
		s.CACertificates = string(c.runner.server.CA())
	}
	if c.scenario.Environment.Host != "" {
		s.Dial = c.dial
	}
	if c.clock.virtual {
		s.Now = c.clock.in(cfg.UTCOffset.D())
	}
	if c.static {
		s.JWKSet = string(c.env.JWKSet())
	}
	if cfg.Leeway != nil {
		leeway := cfg.Leeway.D().Seconds()
		s.LeewaySeconds = &leeway
	}
	secret, err := c.render(cfg.ClientSecret, scope{})
	if err != nil {
		return s, err
	}
	if c.scenario.Has("refresh") {
		s.Client = &implementations.Client{ID: c.client.ID, Secret: cmp.Or(secret, c.client.Secret)}
	} else {
		s.ClientSecret = secret
	}
	if cfg.Issuer != nil {
		if s.Issuer, err = c.render(*cfg.Issuer, scope{}); err != nil {
			return s, err
		}
	}
	if cfg.Audience != nil {
		if s.Audience, err = c.renderAll(cfg.Audience); err != nil {
			return s, err
		}
	}
	if s.DecryptionKey, err = c.decryptionKey(cfg.DecryptionKey); err != nil {
		return s, err
	}
	if s.TrustedAudiences, err = c.renderAll(cfg.TrustedAudiences); err != nil {
		return s, err
	}
	if s.Require, err = c.requirements(cfg.Require); err != nil {
		return s, err
	}
	return s, nil
}

// requirements returns the rules of the application, nil if there are none.
func (c *caseRun) requirements(r *scenarios.Requirements) (*implementations.Requirements, error) {
	if r == nil {
		return nil, nil
	}
	rules := &implementations.Requirements{
		Organization: r.Organization, SessionID: r.SessionID, VerifiedEmail: r.VerifiedEmail,
	}
	var err error
	if rules.Organizations, err = c.renderAll(r.Organizations); err != nil {
		return nil, err
	}
	rules.Connections, err = c.renderAll(r.Connections)
	return rules, err
}

// decryptionKey returns the private half of a key in PEM, or nothing for no
// name.
func (c *caseRun) decryptionKey(t scenarios.KeyName) (string, error) {
	name, err := c.render(t.Template, scope{})
	if err != nil || name == "" {
		return "", err
	}
	key, err := c.key(name)
	if err != nil {
		return "", c.mistake(t.Place(), err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key.Private())
	return pemText("PRIVATE KEY", der), err
}
