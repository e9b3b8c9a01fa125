package run

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"text/template"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

// keyFuncs adds the functions that show a key.
func (mt *mint) keyFuncs(f template.FuncMap) {
	with := func(show func(*keyring.Key) (string, error)) func(string) (string, error) {
		return func(name string) (string, error) {
			k, err := mt.place.key(name)
			if err != nil {
				return "", err
			}
			return show(k)
		}
	}
	f["kid"] = with(func(k *keyring.Key) (string, error) { return k.ID(), nil })
	f["jwk"] = mt.jwk
	f["pem"] = with(func(k *keyring.Key) (string, error) {
		der, err := x509.MarshalPKIXPublicKey(k.Public())
		return pemText("PUBLIC KEY", der), err
	})
	f["der"] = with(func(k *keyring.Key) (string, error) {
		der, err := x509.MarshalPKIXPublicKey(k.Public())
		return string(der), err
	})
	f["pkcs1"] = with(func(k *keyring.Key) (string, error) {
		pub, ok := k.Public().(*rsa.PublicKey)
		if !ok {
			return "", errors.New("pkcs1: the key is not RSA")
		}
		return pemText("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(pub)), nil
	})
	f["modulus"] = with(func(k *keyring.Key) (string, error) {
		pub, ok := k.Public().(*rsa.PublicKey)
		if !ok {
			return "", errors.New("modulus: the key is not RSA")
		}
		return string(pub.N.Bytes()), nil
	})
	f["point"] = with(func(k *keyring.Key) (string, error) {
		pub, ok := k.Public().(*ecdsa.PublicKey)
		if !ok {
			return "", errors.New("point: the key is not ECDSA")
		}
		raw, err := pub.Bytes()
		return string(raw), err
	})
	f["openssh"] = with(opensshLine)
	f["cert"] = with(func(k *keyring.Key) (string, error) {
		der, err := certificate(k, mt.place.clock.now())
		return pemText("CERTIFICATE", der), err
	})
	f["x5c"] = mt.x5c
	f["exponent"] = with(wideExponent)
	f["unreduced"] = func(name, coordinate string) (string, error) {
		return with(func(k *keyring.Key) (string, error) { return unreduced(k, coordinate) })(name)
	}
}

// x5c returns the certificate of a key as an entry of x5c.
func (mt *mint) x5c(name string, shift ...string) (string, error) {
	k, err := mt.place.key(name)
	if err != nil {
		return "", err
	}
	d, ok := scenarios.ParseTime("now" + strings.Join(shift, ""))
	if !ok {
		return "", fmt.Errorf("x5c: cannot move the dates by %q, want a duration such as %q",
			shift, "-48h")
	}
	der, err := certificate(k, mt.place.clock.now().Add(d))
	return base64.StdEncoding.EncodeToString(der), err
}

// wideExponent returns a public exponent to which every signature of the key
// is as good as to its own, since both are the same modulo (p-1)(q-1). RFC
// 8017, 3.1.
func wideExponent(k *keyring.Key) (string, error) {
	private, ok := k.Private().(*rsa.PrivateKey)
	if !ok {
		return "", errors.New("exponent: the key is not RSA")
	}
	one, e := big.NewInt(1), big.NewInt(1)
	for _, p := range private.Primes {
		e.Mul(e, new(big.Int).Sub(p, one))
	}
	return string(e.Add(e, big.NewInt(int64(private.E))).Bytes()), nil
}

// unreduced returns a coordinate that is not below the prime of its curve and
// means the same to a verifier that reduces it. Where both have their full length, the
// prime must leave room: of the curves of JWS that of P-521 alone does.
func unreduced(k *keyring.Key, coordinate string) (string, error) {
	pub, ok := k.Public().(*ecdsa.PublicKey)
	if !ok {
		return "", errors.New("unreduced: the key is not ECDSA")
	}
	point, err := pub.Bytes()
	if err != nil {
		return "", err
	}
	size := len(point) / 2
	raw, known := map[string][]byte{"x": point[1 : 1+size], "y": point[1+size:]}[coordinate]
	if !known {
		return "", fmt.Errorf("unreduced: coordinate is %q, want x or y", coordinate)
	}
	sum := new(big.Int).SetBytes(raw)
	return string(sum.Add(sum, pub.Params().P).Bytes()), nil
}

// opensshLine writes an ECDSA key as a line of authorized_keys. RFC 4253, 6.6;
// RFC 5656, 3.1.
func opensshLine(k *keyring.Key) (string, error) {
	pub, ok := k.Public().(*ecdsa.PublicKey)
	if !ok {
		return "", errors.New("openssh: the key is not ECDSA")
	}
	point, err := pub.Bytes()
	if err != nil {
		return "", err
	}
	curve := "nistp" + strings.TrimPrefix(pub.Params().Name, "P-")
	kind := "ecdsa-sha2-" + curve
	var blob []byte
	for _, field := range []string{kind, curve, string(point)} {
		blob = binary.BigEndian.AppendUint32(blob, uint32(len(field)))
		blob = append(blob, field...)
	}
	return kind + " " + base64.StdEncoding.EncodeToString(blob), nil
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// certificate makes a self-signed certificate of a key.
func certificate(k *keyring.Key, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "assay mock key"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	return x509.CreateCertificate(rand.Reader, template, template, k.Public(), k.Private())
}

// jwk returns the public JWK of a key, edited as editMembers does.
func (mt *mint) jwk(name string, edits ...string) (string, error) {
	k, err := mt.place.key(name)
	if err != nil {
		return "", err
	}
	jwk := k.JWK()
	if err := editMembers(&jwk, edits); err != nil {
		return "", fmt.Errorf("jwk: %w", err)
	}
	b, err := json.Marshal(jwk)
	return string(b), err
}

// editMembers changes the members of an object: "-name" drops one, "name=text"
// sets a string, "name:=json" sets JSON text.
func editMembers(o *keyring.Object, edits []string) error {
	for _, edit := range edits {
		if drop, ok := strings.CutPrefix(edit, "-"); ok {
			if _, exists := o.Get(drop); !exists {
				return fmt.Errorf("there is no member %q to drop", drop)
			}
			o.Drop(drop)
		} else if member, text, ok := strings.Cut(edit, "="); ok {
			if name, raw := strings.CutSuffix(member, ":"); raw {
				o.Set(name, json.RawMessage(text))
			} else {
				o.Set(member, text)
			}
		} else {
			return fmt.Errorf("edit %q, want %q, %q or %q",
				edit, "-name", "name=text", "name:=json")
		}
	}
	return nil
}

// decoys returns the JWKs that the environment publishes besides its ring.
func (mt *mint) decoys() (string, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(mt.place.env.JWKSet(), &set); err != nil {
		return "", errors.New("decoys: the environment publishes no JWK Set now")
	}
	var texts []string
	for _, key := range set.Keys {
		var names struct {
			KID string `json:"kid"`
		}
		if err := json.Unmarshal(key, &names); err != nil {
			return "", err
		}
		if mt.place.env.Ring().ByID(names.KID) == nil {
			texts = append(texts, string(key))
		}
	}
	return strings.Join(texts, ","), nil
}
