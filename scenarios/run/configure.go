package run

import (
	"fmt"
	"net/http"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/scenarios"
)

// nameKeys gives keys the IDs that the scenario asks for. One may refer to the
// keys that have an ID of their own.
func (mt *mint) nameKeys() error {
	for name, spec := range mt.place.scenario.Keys {
		if spec.KID.String() == "" {
			continue
		}
		id, err := mt.render(spec.KID, scope{})
		if err != nil {
			return err
		}
		mt.place.keys[name] = mt.place.keys[name].WithID(id)
	}
	return nil
}

func (mt *mint) configureEnvironment(e scenarios.Environment) error {
	if mt.place.scenario.JWKS != nil {
		if err := mt.publish(*mt.place.scenario.JWKS, e.KeysType); err != nil {
			return err
		}
	}
	var keysHeader http.Header
	if e.KeysHeaders != nil {
		var err error
		if keysHeader, err = mt.headers(e.KeysHeaders); err != nil {
			return err
		}
	}
	err := mt.place.env.Publish(func(p *mockidp.Publication) {
		if e.JWKSPath != "" {
			p.JWKSPath = e.JWKSPath
		}
		p.WellKnown = mockidp.WellKnownMode(e.WellKnown)
		p.MetadataPlace = mockidp.MetadataPlace(e.MetadataAt)
		p.KeysHeader = keysHeader
	})
	if err != nil {
		return mt.mistake(scenarios.Place{}, err)
	}
	if err := mt.place.moveKeys(); err != nil {
		return err
	}
	if e.Discovery != nil {
		if err := mt.setDiscovery(*e.Discovery); err != nil {
			return err
		}
	}
	for _, f := range e.Faults {
		if err := mt.addFault(f); err != nil {
			return err
		}
	}
	return nil
}

func (mt *mint) publish(t scenarios.Template, contentType string) error {
	if t.String() == "" {
		return mt.place.env.Publish(func(p *mockidp.Publication) { p.JWKSet = nil })
	}
	body, err := mt.render(t, scope{})
	if err != nil {
		return err
	}
	return mt.place.env.Publish(func(p *mockidp.Publication) {
		p.JWKSet = &mockidp.Body{Content: []byte(body), Type: contentType}
	})
}

func (mt *mint) setDiscovery(d scenarios.Document) error {
	if d.Text != nil {
		body, err := mt.render(*d.Text, scope{})
		if err != nil {
			return err
		}
		return mt.place.env.Publish(func(p *mockidp.Publication) {
			p.Metadata = &mockidp.Body{Content: []byte(body), Type: d.Type}
		})
	}
	set, err := mt.object(d.Set, scope{})
	if err != nil {
		return err
	}
	return mt.place.env.Publish(func(p *mockidp.Publication) {
		p.EditMetadata = func(doc *mockidp.Document) {
			doc.Drop(d.Without...)
			for _, m := range set {
				doc.Set(m.Name, m.Value)
			}
		}
	})
}

// addFault puts a fault in force.
func (mt *mint) addFault(f scenarios.Fault) error {
	body, err := mt.render(f.Body, scope{})
	if err != nil {
		return err
	}
	location, err := mt.render(f.Location, scope{})
	if err != nil {
		return err
	}
	set, err := mt.object(f.Set, scope{})
	if err != nil {
		return err
	}
	header, err := mt.headers(f.Headers)
	if err != nil {
		return err
	}
	attributes := fault.Attributes{
		Status: f.Status, ContentType: f.Type, Delay: f.Delay.D(), Location: location, Header: header,
		Edit: forge.Patch{Set: set, Drop: f.Without},
	}
	if body != "" {
		attributes.Body = []byte(body)
	}
	if f.RetryAfter != 0 {
		attributes.RetryAfter = fmt.Sprint(int(f.RetryAfter.D().Seconds()))
	}
	id := f.ID
	if id == "" {
		id = fmt.Sprintf("%s %s", f.Where, f.Kind)
	}
	return mt.mistake(f.At, mt.place.env.Faults().Add(fault.Fault{
		ID: id, Where: fault.Endpoint(f.Where), Kind: fault.Kind(f.Kind),
		Probability: f.Probability, Count: f.Count, Attributes: attributes,
	}))
}

// headers fills in header fields. One without a value is left out of what is
// sent.
func (mt *mint) headers(fields map[string]scenarios.Template) (http.Header, error) {
	h := make(http.Header)
	for name, template := range fields {
		value, err := mt.render(template, scope{})
		if err != nil {
			return nil, err
		}
		if h[http.CanonicalHeaderKey(name)] = nil; value != "" {
			h.Set(name, value)
		}
	}
	return h, nil
}
