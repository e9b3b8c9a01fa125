package run

import (
	"fmt"
	"net/http"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/scenarios"
)

// addFault puts a fault in force.
func (c *caseRun) addFault(f scenarios.Fault) error {
	body, err := c.render(f.Body, scope{})
	if err != nil {
		return err
	}
	location, err := c.render(f.Location, scope{})
	if err != nil {
		return err
	}
	set, err := c.object(f.Set, scope{})
	if err != nil {
		return err
	}
	header, err := c.headers(f.Headers)
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
	return c.mistake(f.At, c.env.Faults().Add(fault.Fault{
		ID: id, Where: fault.Endpoint(f.Where), Kind: fault.Kind(f.Kind),
		Probability: f.Probability, Count: f.Count, Attributes: attributes,
	}))
}

// headers fills in header fields. One without a value is left out of what is
// sent.
func (c *caseRun) headers(fields map[string]scenarios.Template) (http.Header, error) {
	h := make(http.Header)
	for name, template := range fields {
		value, err := c.render(template, scope{})
		if err != nil {
			return nil, err
		}
		if h[http.CanonicalHeaderKey(name)] = nil; value != "" {
			h.Set(name, value)
		}
	}
	return h, nil
}
