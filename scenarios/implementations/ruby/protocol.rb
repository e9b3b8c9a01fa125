# frozen_string_literal: true

# What the adapters in Ruby share: the protocol of assay, its clock, and
# discovery. To test your own verifier, copy this file and one of the adapters
# next to it, and replace what the adapter gives to Assay.serve.

require 'json'
require 'net/http'
require 'timeout'
require 'uri'

module Assay
  CHAR_ALGORITHMS = %w[RS256 RS384 RS512 ES256 ES384 ES512].freeze
  LOOPBACK = %w[127.0.0.1 localhost [::1]].freeze

  # Refuses a token or a configuration for a reason of assay.
  class Refusal < StandardError
    attr_reader :reason

    def initialize(reason, message)
      super(message)
      @reason = reason
    end
  end

  # The time of the session that a thread serves stands still until it is set.
  module Clock
    def now(...)
      instant = Thread.current.thread_variable_get(:assay_now)
      instant ? at(instant) : super
    end
  end
  Time.singleton_class.prepend(Clock)

  module_function

  # Returns the allow-list for alg.
  def algorithms(setup)
    setup['algorithms'] || (setup['policy'] == 'strict' ? %w[RS256] : CHAR_ALGORITHMS)
  end

  # Returns the clock skew to allow, in seconds.
  def leeway(setup)
    setup['leeway_seconds'] || (setup['policy'] == 'strict' ? 0 : 60)
  end

  # Returns the JSON object at url, or raises a Refusal: with the reason failed
  # if there is no answer with status 200 in time, and invalid if its body is no
  # JSON object. It follows no redirects.
  def fetch(url, setup, failed, invalid)
    uri = URI(url)
    seconds = setup['fetch_timeout_seconds'] || 5
    response = Timeout.timeout(seconds) do
      Net::HTTP.start(uri.host, uri.port, use_ssl: uri.scheme == 'https', max_retries: 0) { |http| http.get(uri.request_uri) }
    end
    raise Refusal.new(failed, "#{url}: status #{response.code}") unless response.code == '200'

    object(response.body, url, invalid)
  rescue Timeout::Error, SystemCallError, SocketError, IOError, OpenSSL::SSL::SSLError, Net::ProtocolError,
         Net::HTTPBadResponse, Zlib::Error => e
    raise Refusal.new(failed, "#{url}: #{e.message}")
  end

  def object(text, url, invalid)
    document = JSON.parse(text.force_encoding(Encoding::UTF_8))
    raise Refusal.new(invalid, "#{url}: the body is not a JSON object") unless document.is_a?(Hash)

    document
  rescue JSON::ParserError, EncodingError => e
    raise Refusal.new(invalid, "#{url}: #{e.message}")
  end

  # Returns the jwks_uri of the issuer, for libraries that do no discovery.
  # OpenID Connect Discovery 1.0, 4.
  def discover(setup)
    url = "#{setup['issuer'].delete_suffix('/')}/.well-known/openid-configuration"
    metadata = fetch(url, setup, 'DISCOVERY_FAILED', 'DISCOVERY_INVALID')
    unless metadata['issuer'] == setup['issuer']
      raise Refusal.new('DISCOVERY_INVALID', 'the metadata are those of another issuer')
    end

    uri = URI.parse(metadata['jwks_uri'])
    loopback = uri.scheme == 'http' && setup['allow_loopback_http'] && LOOPBACK.include?(uri.host)
    raise Refusal.new('DISCOVERY_INVALID', 'jwks_uri is not an https URL') unless uri.scheme == 'https' || loopback

    metadata['jwks_uri']
  rescue URI::InvalidURIError => e
    raise Refusal.new('DISCOVERY_INVALID', e.message)
  end

  # Fetches the JWK Set of the issuer, whose metadata it reads once.
  class Provider
    def initialize(setup)
      @setup = setup
      @mutex = Mutex.new
    end

    def jwk_set
      @mutex.synchronize { @uri ||= Assay.discover(@setup) }
      set = Assay.fetch(@uri, @setup, 'JWKS_FETCH_FAILED', 'JWKS_INVALID')
      raise Refusal.new('JWKS_INVALID', 'keys is not an array') unless set['keys'].is_a?(Array)

      set
    end
  end

  # The JWK Set of the issuer, for libraries that keep none. It is fetched when a
  # token needs it and after ten minutes.
  class KeySource
    def initialize(setup)
      @fixed = JSON.parse(setup['jwk_set']) if setup['jwk_set']
      @provider = Provider.new(setup)
      @mutex = Mutex.new
    end

    def current
      return @fixed || @set if @fixed || fresh?

      @mutex.synchronize do
        fetch unless fresh?
        @set
      end
    end

    # Returns the set for a token whose kid is not in the current one. It is
    # fetched again at most every fifteen seconds.
    def renewed
      return @fixed if @fixed

      @mutex.synchronize do
        fetch && @renewed = Time.now if @renewed.nil? || Time.now - @renewed > 15
        @set
      end
    end

    private

    def fresh?
      @set && Time.now - @fetched <= 600
    end

    def fetch
      set = @provider.jwk_set
      @fetched = Time.now
      @set = set # last: others read it without the lock
    rescue Refusal
      raise if @set.nil? || Time.now - @fetched > 3600 # younger keys serve until a fetch succeeds

      true
    end
  end

  # Answers one request after the other in the thread that calls answer.
  class Service
    # The block makes a verifier from a setup: something whose call takes a
    # token and the input and returns the claims. reason_of maps what call
    # raises to a reason, or to nil.
    def initialize(description, reason_of, &make_verifier)
      @description = { protocol: 2, language: 'Ruby', reasons: 'reasons' }.merge(description)
      @reason_of = reason_of
      @make_verifier = make_verifier
      @verifiers = {}
      @clocks = {}
    end

    def answer(request)
      session = request['session']
      Thread.current.thread_variable_set(:assay_now, @clocks[session])
      case request['op']
      when 'hello' then { description: @description }
      when 'clock' then forget { @clocks[session] = request['now'] }
      when 'open'
        @verifiers[session] = @make_verifier.call(request['setup'])
        { verdict: 'accept' }
      when 'close' then forget { [@verifiers, @clocks].each { |held| held.delete(session) } }
      when 'verify' then { verdict: 'accept', claims: verify(session, request['input']) }
      else { error: "the operation #{request['op']} is unknown" }
      end
    rescue StandardError, NotImplementedError, SystemStackError => e # a library lets TypeError and others through
      verdict = request['op'] == 'open' ? 'refuse' : 'reject'
      reason = e.is_a?(Refusal) ? e.reason : @reason_of.call(e)
      { verdict: verdict, reason: reason || 'OTHER', message: "#{e.class}: #{e.message}".scrub }
    end

    private

    def forget
      yield
      {}
    end

    def verify(session, input)
      # A token that is not UTF-8 comes in base64.
      token = input['token'] || input['token_base64'].unpack1('m').force_encoding(Encoding::UTF_8)
      @verifiers[session].call(token, input)
    end
  end

  # Returns the line of an answer. A claim that JSON cannot express is not among
  # the claims to report.
  def line(id, answer)
    JSON.generate({ id: id }.merge(answer))
  rescue JSON::GeneratorError, EncodingError => e
    JSON.generate(id: id, verdict: answer[:verdict], message: e.message.scrub)
  end

  # Answers the requests on standard input until it ends; see Service.
  def serve(description, reason_of = ->(_) {}, &make_verifier)
    service = Service.new(description, reason_of, &make_verifier)
    Thread.abort_on_exception = true # a mistake in an adapter ends it
    requests = Queue.new
    writing = Mutex.new
    threads = Array.new(32) do # requests may overlap
      Thread.new do
        while (request = requests.pop)
          answer = line(request['id'], service.answer(request))
          writing.synchronize { $stdout.puts(answer) || $stdout.flush }
        end
      end
    end
    $stdin.each_line { |text| requests << JSON.parse(text) }
    requests.close
    threads.each(&:join)
  end
end
