package jsonobject_test

import (
	"encoding/json"
	"testing"

	"github.com/assay-id/assay/mockidp/internal/jsonobject"
)

func TestObject(t *testing.T) {
	t.Parallel()
	object := func(edit func(*jsonobject.Object)) jsonobject.Object {
		o := jsonobject.Object{{Name: "b", Value: 1}, {Name: "a", Value: "x<y"}}
		edit(&o)
		return o
	}
	tests := []struct {
		name string
		edit func(*jsonobject.Object)
		want string
	}{
		{"order is kept", func(*jsonobject.Object) {}, `{"b":1,"a":"x\u003cy"}`},
		{"set in place", func(o *jsonobject.Object) { o.Set("b", true) }, `{"b":true,"a":"x\u003cy"}`},
		{"set a new one", func(o *jsonobject.Object) { o.Set("c", nil) }, `{"b":1,"a":"x\u003cy","c":null}`},
		{"drop", func(o *jsonobject.Object) { o.Drop("b", "unknown") }, `{"a":"x\u003cy"}`},
		{"drop everything", func(o *jsonobject.Object) { o.Drop("a", "b") }, `{}`},
		{"the same name twice", func(o *jsonobject.Object) {
			*o = append(*o, jsonobject.Member{Name: "b", Value: json.RawMessage("1e0")})
		}, `{"b":1,"a":"x\u003cy","b":1e0}`},
		{"drop takes all of a name", func(o *jsonobject.Object) {
			*o = append(*o, jsonobject.Member{Name: "b", Value: 2})
			o.Drop("b")
		}, `{"a":"x\u003cy"}`},
		{"nested", func(o *jsonobject.Object) {
			o.Drop("a", "b")
			o.Set("cnf", jsonobject.Object{{Name: "z", Value: 0}, {Name: "y", Value: 0}})
		}, `{"cnf":{"z":0,"y":0}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(object(tt.edit))
			if err != nil {
				t.Fatalf("Marshal() = %v", err)
			}
			if string(got) != tt.want {
				t.Errorf("Marshal() = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestObjectCopiesAreIndependent(t *testing.T) {
	t.Parallel()
	first := jsonobject.Object{{Name: "a", Value: 1}, {Name: "b", Value: 2}}
	second := first
	second.Set("a", 9)
	second.Drop("b")
	if got, _ := json.Marshal(first); string(got) != `{"a":1,"b":2}` {
		t.Errorf("the first copy became %s", got)
	}
	if v, ok := second.Get("b"); ok {
		t.Errorf("Get(b) = %v, want nothing", v)
	}
}

func TestObjectReportsWhatCannotBeMarshalled(t *testing.T) {
	t.Parallel()
	if out, err := json.Marshal(jsonobject.Object{{Name: "bad", Value: func() {}}}); err == nil {
		t.Errorf("Marshal() = %s, want an error", out)
	}
}

func TestObjectFromJSON(t *testing.T) {
	t.Parallel()
	const text = `{"b":1.50,"a":{"z":[1,2]},"b":"\u0041","":null}`
	var o jsonobject.Object
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(o)
	if err != nil || string(again) != text {
		t.Errorf("%s became %s, %v", text, again, err)
	}
	if err := json.Unmarshal([]byte("{}"), &o); err != nil || o == nil || len(o) != 0 {
		t.Errorf("the empty object is read as %#v, %v", o, err)
	}
	for _, other := range []string{`[]`, `"a"`, `1`, `null`} {
		var o jsonobject.Object
		if err := o.UnmarshalJSON([]byte(other)); err == nil {
			t.Errorf("UnmarshalJSON(%s) = %v", other, o)
		}
	}
}

// FuzzObjectRoundTrip writes what it has read.
func FuzzObjectRoundTrip(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1,"a":[{"b":null}]}`, `{"\u00e9":"\ud83d\ude00"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var first, second jsonobject.Object
		if json.Unmarshal(text, &first) != nil {
			return
		}
		written, err := json.Marshal(first)
		if err != nil {
			t.Fatalf("Marshal(%q) = %v", text, err)
		}
		if err := json.Unmarshal(written, &second); err != nil {
			t.Fatalf("Unmarshal(%q) = %v", written, err)
		}
		if again, err := json.Marshal(second); err != nil || string(again) != string(written) {
			t.Errorf("%q became %q, %v", written, again, err)
		}
	})
}
