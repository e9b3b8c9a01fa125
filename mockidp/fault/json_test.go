package fault_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp/fault"
)

func TestFaultJSON(t *testing.T) {
	t.Parallel()
	texts := []string{
		`{"id":"f","kind":"hang"}`,
		`{"id":"f","where":"keys","match":{"client_id":"c","user_agent":"ua","path":"/keys","grant_type":"refresh_token"},` +
			`"kind":"status","skip":1,"probability":0.5,"count":2,` +
			`"attributes":{"status":503,"retry_after":"2","header":{"X":["a","b"]},"body":"down","content_type":"text/html","delay":"1s","jitter":"250ms"}}`,
		`{"id":"f","kind":"garbage","attributes":{"body":{"base64":"/w=="}}}`,
		`{"id":"f","kind":"body","attributes":{"body":""}}`,
		`{"id":"f","kind":"drip","attributes":{"interval":"1ms"}}`,
		`{"id":"f","kind":"oversized","attributes":{"bytes":9007199254740993}}`,
		`{"id":"f","kind":"redirect","attributes":{"location":"/"}}`,
		`{"id":"f","kind":"edit","attributes":{"edit":{"drop":["id_token"],"set":{"expires_in":1.0}}}}`,
		`{"id":"f","where":"token","match":{"user_id":"u","organization_id":"o"},"kind":"forge",` +
			`"attributes":{"token":"id_token","change":{"claims":{"shift":{"exp":"-1h0m0s"}}}}}`,
	}
	for _, text := range texts {
		var f fault.Fault
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			t.Errorf("Unmarshal(%s) = %v", text, err)
			continue
		}
		if again, err := json.Marshal(f); err != nil || string(again) != text {
			t.Errorf("%s became %s, %v", text, again, err)
		}
	}
	// A new field needs a place in the JSON form, and in the texts above.
	for v, want := range map[any]int{reflect.TypeFor[fault.Fault](): 8, reflect.TypeFor[fault.Match](): 6, reflect.TypeFor[fault.Attributes](): 13} {
		if got := v.(reflect.Type).NumField(); got != want {
			t.Errorf("%v has %d fields, the JSON form is known to have %d of them", v, got, want)
		}
	}
}

func TestFaultJSONRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{`{"id":"f","kind":"hang","tokens":1}`, "/tokens: there is no such member, want one of id, where, match, kind"},
		{`{"id":"f","kind":"drip","attributes":{"interval":5}}`, "/attributes/interval: "},
		{`{"id":"f","kind":"forge","attributes":{"change":{"signing":{"alg":"no"}}}}`, `/attributes/change/signing/alg: alg is "no"`},
		{`{"id":"f","kind":"edit","attributes":{"edit":{"drp":[]}}}`, `/attributes/edit/drp: there is no such member`},
		{`{"id":"f","kind":"sulk"}`, `fault "f": kind is "sulk"`},
		{`{"kind":"hang"}`, `fault "": id is empty`},
		{`{"id":"f","kind":"hang","attributes":{"status":500}}`, `kind "hang" takes no status`},
	}
	for _, tt := range tests {
		var f fault.Fault
		if err := f.UnmarshalJSON([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("UnmarshalJSON(%s) = %v, want an error with %q", tt.text, err, tt.want)
		}
	}
}
