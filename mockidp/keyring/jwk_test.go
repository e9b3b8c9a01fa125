package keyring_test

import (
	"encoding/json"
	"testing"

	"github.com/assay-id/assay/mockidp/keyring"
)

func TestJWKSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  keyring.JWKSet
		want string
	}{
		{"nil", nil, `{"keys":[]}`},
		{"empty", keyring.JWKSet{}, `{"keys":[]}`},
		{"ordered", keyring.JWKSet{{{Name: "kty", Value: "B"}}, {{Name: "kty", Value: "A"}}}, `{"keys":[{"kty":"B"},{"kty":"A"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := json.Marshal(tt.set); err != nil || string(got) != tt.want {
				t.Errorf("Marshal() = %s, %v, want %s", got, err, tt.want)
			}
		})
	}
}
