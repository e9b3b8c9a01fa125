package run

import (
	"cmp"
	"crypto/x509"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// setup returns the configuration of a verifier with changes applied.
func (mt *mint) setup(cfg scenarios.Config) (implementations.Setup, error) {
	s := implementations.Setup{
		Issuer: mt.place.issuer, Audience: []string{
			mt.place.client.ID,
		}, Policy: mt.place.scenario.PolicyName(),
		Algorithms: cfg.Algorithms, MaxLifetimeSeconds: cfg.MaxLifetime.D().Seconds(),
		FetchTimeoutSeconds: cfg.FetchTimeout.D().Seconds(), MaxTokenBytes: cfg.MaxTokenBytes, CacheTokens: cfg.CacheTokens,
		AllowLoopbackHTTP: !mt.place.static && !cfg.RefuseLoopbackHTTP,
	}
	if mt.place.scenario.Environment.TLS != "" || mt.place.listens.TLS != mockidp.TLSNone {
		s.CACertificates = string(mt.place.server.CA())
	}
	if mt.place.scenario.Environment.Host != "" {
		s.Dial = mt.place.dial
	}
	if mt.place.clock.virtual {
		s.Now = mt.place.clock.in(cfg.UTCOffset.D())
	}
	if mt.place.static {
		s.JWKSet = string(mt.place.env.JWKSet())
	}
	if cfg.Leeway != nil {
		leeway := cfg.Leeway.D().Seconds()
		s.LeewaySeconds = &leeway
	}
	secret, err := mt.render(cfg.ClientSecret, scope{})
	if err != nil {
		return s, err
	}
	if mt.place.scenario.Has("refresh") {
		s.Client = &implementations.Client{
			ID: mt.place.client.ID, Secret: cmp.Or(secret, mt.place.client.Secret),
		}
	} else {
		s.ClientSecret = secret
	}
	if cfg.Issuer != nil {
		if s.Issuer, err = mt.render(*cfg.Issuer, scope{}); err != nil {
			return s, err
		}
	}
	if cfg.Audience != nil {
		if s.Audience, err = mt.renderAll(cfg.Audience); err != nil {
			return s, err
		}
	}
	if s.DecryptionKey, err = mt.decryptionKey(cfg.DecryptionKey); err != nil {
		return s, err
	}
	if s.TrustedAudiences, err = mt.renderAll(cfg.TrustedAudiences); err != nil {
		return s, err
	}
	if s.Require, err = mt.requirements(cfg.Require); err != nil {
		return s, err
	}
	return s, nil
}

// requirements returns the rules of the application, nil if there are none.
func (mt *mint) requirements(r *scenarios.Requirements) (*implementations.Requirements, error) {
	if r == nil {
		return nil, nil
	}
	rules := &implementations.Requirements{
		Organization: r.Organization, SessionID: r.SessionID, VerifiedEmail: r.VerifiedEmail,
	}
	var err error
	if rules.Organizations, err = mt.renderAll(r.Organizations); err != nil {
		return nil, err
	}
	rules.Connections, err = mt.renderAll(r.Connections)
	return rules, err
}

// decryptionKey returns the private half of a key in PEM, or nothing for no
// name.
func (mt *mint) decryptionKey(t scenarios.KeyName) (string, error) {
	name, err := mt.render(t.Template, scope{})
	if err != nil || name == "" {
		return "", err
	}
	key, err := mt.place.key(name)
	if err != nil {
		return "", mt.mistake(t.Place(), err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key.Private())
	return pemText("PRIVATE KEY", der), err
}
