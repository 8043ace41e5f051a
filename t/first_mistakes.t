# A shop's first mistakes: each is named by check --live, by check, by nginx -t or
# by a line of a log, with what to do. None is silent.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Names;
use OrderSave::Ports qw(free_port);
use OrderSave::Shim;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

my $json = JSON::PP->new->utf8->canonical;
my $t = OrderSave::Worker->new;
$t->{port} = free_port();
$t->{overrides} = {site => "http://127.0.0.1:$t->{port}", brand => {name => 'Shop'}, sms => {from => '+15005550006', country => 'DE'}};
$t->start(no_worker => 1, redis => {args => ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']}, sink => ['--smtp-auth', 'shop:right']);
my $share = $t->{share};
$t->write('token', "secret\n");
$t->write('password', "right\n");
my %smtp = (host => '127.0.0.1', port => $t->{sink}->smtp_port, starttls => 'never', user => 'shop', password_file => 'password');
my %sms = (kind => 'twilio', url => $t->{sink}->url, account => 'AC0demo', token_file => 'token');
sub set { my (%o) = @_; $t->configure(share => $share, smtp => {%smtp, %{$o{smtp} // {}}}, sms => {%sms, %{$o{sms} // {}}}, %{$o{more} // {}}) }
set();
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->write('hook', "the secret of the webhooks\n");
$t->start_nginx(server => $t->woo . "location = /in { ordersave_ingest woocommerce secret_file=$t->{dir}/hook; }");
my $here = $t->shard_key(0, 'here');
ok $t->wait_for('both', sub { ($t->redis('HLEN', $here) // 0) >= 2 }), 'nginx and a worker are here';

# one way to find a mistake each: (what it says, its exit status)

my @live = ('check', '--live');
sub live { my ($rc, $out, $err) = $t->ctl(@live, @_); utf8::decode($_) for $out, $err; return ($out . $err, $rc) }
sub check { my ($rc, $out, $err) = $t->ctl('check'); utf8::decode($_) for $out, $err; return ($out . $err, $rc) }
sub nginx_t { my ($ok, $said) = $t->nginx_test; return ($said, $ok ? 0 : 1) }

my @mistakes;
sub mistake {
    my ($name, $how, $line, %o) = @_;
    my ($said, $rc) = $how->();
    push @mistakes, $name;
    like $said, $line, scalar(@mistakes) . ". $name";
    is $rc, $o{rc} // 1, "   and is a finding" or diag $said;
}
sub campaign {
    my ($change, @mistake) = @_;
    my $was = $t->read('campaign.json');
    my $c = $json->decode($was);
    $change->($c);
    $t->write('campaign.json', $json->encode($c));
    mistake(@mistake);
    $t->write('campaign.json', $was);
}
# What is no finding leaves the exit status as it was without it.
sub calm {
    my ($how) = @_;
    my ($said, $rc) = $how->();
    diag join '', grep { /^not ok/ } split /^/, $said if $rc;
    return $rc;
}
sub base { my ($base) = @_; return sub { $_[0]{api}{base} = $base } }

# the webhook

mistake 'the webhook was never created', \&live, qr/^not ok - shop: webhooks of woocommerce have come: none yet: have the shop send one to the location with ordersave_ingest/m;
my $answer = $t->http('POST', '/in', body => '{"id":1}', headers => ['X-WC-Webhook-Signature: ' . 'A' x 43 . '=', 'X-WC-Webhook-Topic: order.created', 'Content-Type: application/json']);
is $answer->{status}, 401, 'a webhook with another secret';
mistake "the webhook's secret is another", sub { ($t->read('logs/error.log'), 1) }, qr/\[error\] .*ordersave: a webhook of "woocommerce" is refused: .*; is what "secret_file" names the secret that its sender has\?/;
$t->buy(customer => 'ada');
ok $t->wait_for('one', sub { $t->redis('HEXISTS', $t->shard_key(0, 'heard'), 'shop/woocommerce') }), 'one comes';

my ($out) = live();
unlike $out, qr/^not ok - (?!no word of an example)/m, 'without a mistake all is well' or diag $out;
like $out, qr/^ok - shop: the SMS service at 127\.0\.0\.1:\d+ takes our key$/m, 'SMS too';
like $out, qr/^ok - (?:nginx|worker)\/\S+ has the key file of shop as it is$/m, 'and keys';
is_deeply $t->{sink}->messages(0, kind => 'sms', timeout => 0), [], 'of which none was sent';

# the store's API

$t->write('api', "wrong:key\n");
mistake "the API's key is wrong", \&live, qr/^not ok - the store's API lets us in: .* said 401.*: it does not take the key: look at the file of api\.basic_file; some.* by https alone$/m;
$t->write('api', "$t->{demo}{key}\n");
$t->store_fault(match => 'GET /wp-json/', times => 1, status => 403);
mistake "the API's key may not read", \&live, qr/^not ok - the store's API lets us in: .* said 403.*: it knows the key, which may not read orders/m;
$t->store_fault(match => 'GET /wp-json/', times => 1, status => 503);
mistake 'the store fails itself', \&live, qr/^not ok - the store's API answers: .* said 503.*: it fails itself: look at its own log/m;
$t->store_fault(match => 'GET /wp-json/', times => 1, delay_ms => 20000);
set(more => {redis => {host => '127.0.0.1', port => $t->{redis_port}, timeout => '2s'}});
($out) = live();
like $out, qr/^ok - Redis answers$/m, 'while a store is waited for Redis is not taken for dead';
like $out, qr/^ok - a worker is here$/m, 'nor afterwards';
set();
$t->store_fault(match => 'GET /wp-json/', times => 1, delay_ms => 20000);
mistake 'the store takes too long', \&live, qr/^not ok - the store's API answers: .*timed out.*: it takes too long/m;
$t->store_fault;

# what stands before the store, or in its place
$t->start_upstream(sub {
    my ($head) = @_;
    my ($as) = $head =~ m{^GET /(\w+)/};
    my ($status, $more, $body) = @{{
        login => ["401 Unauthorized", 'WWW-Authenticate: Basic realm="Staging"', '<h1>401</h1>'],
        wall => ["403 Forbidden", '', '<h1>Sorry, you have been blocked</h1>'],
        plain => ["404 Not Found", '', '<h1>Nothing found</h1>'],
        home => ["200 OK", '', '<h1>Welcome</h1>'],
        moved => ["301 Moved Permanently", 'Location: https://www.shop.test/', '<h1>301</h1>'],
        off => ["404 Not Found", '', '{"code":"rest_no_route","message":"No route was found matching the URL and request method."}'],
    }->{$as}};
    my $type = $body =~ /^\{/ ? 'application/json; charset=UTF-8' : 'text/html; charset=UTF-8';
    return "HTTP/1.1 $status\r\nContent-Type: $type\r\n" . ($more && "$more\r\n") . 'Content-Length: ' . length($body) . "\r\nConnection: close\r\n\r\n$body";
}, 'odd');
my $odd = "http://127.0.0.1:$t->{odd_port}";
campaign base("$odd/login"), 'a login of the web server stands before the API', \&live, qr/^not ok - the store's API lets us in: .* said 401: that is a page and no answer of an API: a login or a firewall of the web server stands before it, Basic realm="Staging": let requests/m;
campaign base("$odd/wall"), 'a firewall does', \&live, qr/^not ok - the store's API lets us in: .* said 403: that is a page and no answer of an API: a login or a firewall/m;
campaign base("$odd/plain"), 'permalinks are plain', \&live, qr/^not ok - the store's API answers: .* said 404: that is a page and no answer of an API: .*WooCommerce's permalinks are "Plain"/m;
campaign base("$odd/home"), "the API's address is the shop's", \&live, qr/^not ok - the store's API answers: .* said 200: that is a page and no answer of an API: api\.base and api\.read lead elsewhere/m;
campaign base("$odd/moved"), 'the shop has another name', \&live, qr{^not ok - the store's API answers: .* said 301: it sends on to https://www\.shop\.test/, and nobody follows: put the right address into api\.base}m;
campaign base("$odd/off"), "the shop's plugin is off", \&live, qr/^not ok - the store's API answers: .* said 404: No route.*: it has no such address: look at api\.read, and whether the shop's plugin is switched on/m;
campaign base('http://127.0.0.1:1'), 'nothing listens there', \&live, qr/^not ok - the store's API answers: .*127\.0\.0\.1.*: nothing listens there: is it up/m;
campaign base('https://nowhere.invalid'), "the API's name is none", \&live, qr/^not ok - the store's API answers: .*: there is no such host: look at api\.base/m;
campaign base($t->{demo}->url =~ s/^http/https/r), 'https where http is spoken', \&live, qr/^not ok - the store's API answers: .*: no TLS is spoken there: is it https/m;

# certificates

my ($tls, $ca) = (OrderSave::Nginx::free_port(), $t->path('ca.pem'));
system "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other.test -addext subjectAltName=DNS:other.test -keyout $t->{dir}/ca.key -out $ca 2>/dev/null";
$t->spawn('tls', 'openssl', 's_server', '-quiet', '-www', '-accept', "127.0.0.1:$tls", '-cert', $ca, '-key', $t->path('ca.key'));
$t->wait_for('TLS', sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $tls) });
campaign base("https://127.0.0.1:$tls"), 'a certificate that nobody trusts', \&live, qr/^not ok - the store's API answers: .*self-signed.*: its certificate does not hold: api\.base must have the name that is in it/m;

SKIP: {
    skip 'a DNS server of our own takes root', 1 if !OrderSave::Names::possible();
    my $dns = OrderSave::Names->new($t->{dir}, {
        'shop.test' => ['google-site-verification=x', 'v=spf1 mx -all'], '_dmarc.shop.test' => ['v=DMARC1; p=none'],
        'k1._domainkey.shop.test' => ['=k1.mailer.test'], 'k1.mailer.test' => ['v=DKIM1; k=rsa; p=' . 'A' x 700],
        'old._domainkey.shop.test' => ['v=DKIM1; p='], 'mess._domainkey.shop.test' => ['some other text']});
    my $under = sub {
        my ($files, @words) = @_;
        my @command = $dns->under($files, $t->{ctl}, '-c', $t->path('worker.json'), @live, @words);
        open my $from, '-|', 'sh', '-c', 'exec "$@" 2>&1', 'sh', @command or die $!;
        my $said = do { local $/; <$from> };
        close $from;
        utf8::decode($said);
        return ($said, $? >> 8);
    };
    campaign base("https://127.0.0.1:$tls"), 'a certificate for another name', sub { $under->({'/etc/ssl/certs/ca-certificates.crt' => $ca}) },
        qr/^not ok - the store's API answers: .*127\.0\.0\.1.*: its certificate does not hold: api\.base must have the name/m;
    ($out) = $under->({}, '--dkim', 'k1');
    like $out, qr/^note - shop\.test has SPF$/m, 'SPF is there';
    like $out, qr/^note - shop\.test has DMARC$/m, 'and DMARC';
    like $out, qr/^ok - DKIM's key is at k1\._domainkey\.shop\.test$/m, 'and a key of DKIM, that is another name\'s and long' or diag $out;
    mistake "DKIM's key was not published", sub { $under->({}, '--dkim', 'k2') }, qr/^not ok - DKIM's key is at k2\._domainkey\.shop\.test: there is none, or it was revoked: your mail server has the record/m;
    mistake "DKIM's key was revoked", sub { $under->({}, '--dkim', 'old') }, qr/^not ok - DKIM's key is at old\._domainkey\.shop\.test: there is none, or it was revoked/m;
    set(smtp => {dkim => 'mess'});
    mistake "DKIM's record is another", sub { $under->({}) }, qr/^not ok - DKIM's key is at mess\._domainkey\.shop\.test/m;
    set();
    my $calm = calm(sub { $under->({}) });
    $dns->set('shop.test' => ['v=spf10 mx'], '_dmarc.shop.test' => undef);
    mistake 'the sender has no SPF', sub { $under->({}) }, qr/^note - shop\.test has no SPF record: mails from it may be taken for spam/m, rc => $calm;
    mistake 'and no DMARC', sub { $under->({}) }, qr/^note - shop\.test has no DMARC record/m, rc => $calm;
}

# mail

for my $case (
    ['the mail server is not there', {port => 1}, qr/nothing answers there: look at smtp\.host and smtp\.port/],
    ["the mail server's name is none", {host => 'mail.invalid'}, qr/no such host: look at smtp\.host/],
    ['it offers no STARTTLS', {starttls => 'required'}, qr/it offers no STARTTLS: set smtp\.starttls/],
    ['it speaks no TLS', {tls => JSON::PP::true}, qr/its certificate does not hold: smtp\.host must be the name/],
    ['a user is wanted', {user => undef, password_file => undef}, qr/it refuses the sender or the mail: does it want smtp\.user.*530 5\.7\.0 Authentication required/])
{
    my ($name, $smtp, $says) = @$case;
    my %now = (%smtp, %$smtp);
    $t->configure(share => $share, sms => \%sms, smtp => {map { ($_ => $now{$_}) } grep { defined $now{$_} } keys %now});
    mistake $name, \&live, qr/^not ok - shop: \S+ takes a mail to help\@shop\.test: $says/m;
}
set();
$t->write('password', "wrong\n");
mistake "the mail server's password is wrong", \&live, qr/^not ok - shop: 127\.0\.0\.1 takes a mail to \S+: it refuses user or password: look at smtp\.user and smtp\.password_file/m;
$t->write('password', "right\n");
sub sink_says { $t->{sink}->request('DELETE', '/api/faults'); $t->{sink}->request('POST', '/api/faults', {}, json => {times => 1, @_}) if @_ }
sink_says(at => 'mail', reply => '553 5.7.1 Sender address rejected: not owned by user shop');
mistake 'the sender is refused', \&live, qr/^not ok - shop: 127\.0\.0\.1 takes a mail to \S+: it refuses the sender or the mail: may this user send as mail\.from\? \(.*553 5\.7\.1 Sender address rejected/m;
sink_says(at => 'rcpt', reply => '550 5.1.1 User unknown');
mistake "support's address is none", \&live, qr/^not ok - shop: 127\.0\.0\.1 takes a mail to \S+: it takes no mail to mail\.support: is the address right.*550 5\.1\.1 User unknown/m;
sink_says();

# SMS

for my $case (
    ["the SMS service's account is another's", {account => 'AC0other'}, qr/takes our key: 401: Authenticate: it does not take account and token: look at sms\.account and sms\.token_file/],
    ['it is not there', {url => 'http://127.0.0.1:1'}, qr/takes our key: .*: nothing listens there: is it up, is the port of sms\.url right/],
    ["the SMS service's name is none", {url => 'https://sms.invalid'}, qr/takes our key: .*: there is no such host: look at sms\.url/],
    ['SMS: a certificate that nobody trusts', {url => "https://127.0.0.1:$tls"}, qr/takes our key: .*: its certificate does not hold: sms\.url must have the name/],
    ['another service, a wrong token', {kind => 'generic', url => $t->{sink}->url . '/sms', token_file => 'password'}, qr/answers: 401: it does not take the token: look at sms\.token_file and sms\.headers/])
{
    my ($name, $sms, $says) = @$case;
    set(sms => $sms);
    mistake $name, \&live, qr/^not ok - shop: the SMS service at \S+ $says/m;
}
set(sms => {kind => 'generic', url => $t->{sink}->url . '/sms'});
($out) = live();
like $out, qr/^ok - shop: the SMS service at \S+ answers: 405; whether it takes the token shows with an SMS: --sms-to NUMBER sends one$/m, 'a right one is not known before one was sent';
($out) = live('--sms-to', '+4930901820');
like $out, qr/^ok - shop: the SMS service at \S+ takes an SMS: 202$/m, 'which is done when asked for';
is scalar @{$t->{sink}->messages(1, kind => 'sms', text => 'Test of ordersave')}, 1, 'once';
set();
for my $case ([403, {}, qr/403.*: it knows us and lets us do nothing/], [503, {}, qr/503.*: it fails itself/], [429, {}, qr/429.*: it was asked too often/],
              [200, {json => {sid => 'AC0demo', status => 'suspended'}}, qr/200: the account is suspended/])
{
    my ($status, $more, $says) = @$case;
    sink_says(at => 'ask', status => $status, %$more);
    mistake "the SMS service says $status" . ($more->{json} ? ', suspended' : ''), \&live, qr/^not ok - shop: the SMS service at \S+ takes our key: $says/m;
}
mistake 'the number is none', sub { live('--sms-to', '030') }, qr/^not ok - shop: the SMS service at \S+ takes an SMS: 400: Invalid 'To' Phone Number: 030: it takes the key and not the SMS/m;
my $calm = calm(\&check);
set(more => {deliver_only_to => ['*@shop.test']});
($out) = live('--sms-to', '+4930901821');
like $out, qr/^note - no SMS is sent: deliver_only_to does not list the number$/m, 'a trial\'s list holds for that as well';
mistake 'deliver_only_to was forgotten', \&check, qr/^note - mails and SMS go to nobody but those whom deliver_only_to lists$/m, rc => $calm;
set();
campaign sub { $_[0]{state} = 'observe' }, 'the campaign observes still', \&check, qr/^note - shop: the campaign observes, so that nobody is shown or sent anything, until you take "state" out of \S+campaign\.json$/m, rc => $calm;
campaign sub { $_[0]{brand}{name} = 'Your shop' }, "an example's words are left", \&check, qr/^not ok - no word of an example is left: "Your shop"/m;

# Redis

sub redis_has { my ($name, $wrong, $right, @mistake) = @_; $t->redis('CONFIG', 'SET', $name, $wrong); mistake(@mistake); $t->redis('CONFIG', 'SET', $name, $right) }
redis_has 'appendonly', 'no', 'yes', 'Redis has no log', \&check, qr/^not ok - Redis writes its log \(appendonly\): no/m;
redis_has 'maxmemory-policy', 'allkeys-lru', 'noeviction', 'Redis throws away', \&check, qr/^not ok - Redis evicts nothing \(maxmemory-policy\): allkeys-lru/m;
my $shim = OrderSave::Shim->new($t->{dir});
$shim->clock(-3600);
mistake 'the clock is an hour off', sub { my @said; $shim->under(sub { @said = live() }); return @said }, qr/^not ok - this clock and Redis' agree: this one is 36\d\d s behind: run an NTP service on both/m;
set(more => {redis => {host => '127.0.0.1', port => $t->{redis_port}, shards => 8}});
mistake 'another number of shards', \&check, qr/^not ok - as many shards as in Redis: 16/m;
set();
$calm = calm(\&live);
$t->redis('SET', $t->shard_key(0, 'paused'), '1');
mistake 'deliveries are paused still', \&live, qr/^note - deliveries are paused: ordersavectl resume/m, rc => $calm;
$t->redis('DEL', $t->shard_key(0, 'paused'));

# nginx and workers

my $was = $t->read('campaign.json');
$t->write('campaign.json', $json->encode({%{$json->decode($was)}, revision => 2}));
mistake 'nginx was not reloaded', \&live, qr/^not ok - nginx\/\S+ has the campaign of shop as it is: \S+campaign\.json was changed since: systemctl reload nginx$/m;
mistake 'the worker was not reloaded', \&live, qr/^not ok - worker\/\S+ has the campaign of shop as it is: .*: systemctl reload ordersave-worker$/m;
$t->write('campaign.json', $was);
my $keys = $t->read('keys');
$t->write('keys', "k1:another-key-of-at-least-thirty-two-bytes\n");
mistake 'nginx has another key file', \&live, qr/^not ok - nginx\/\S+ has the key file of shop as it is: it has another one than key_file names here.*: one file for all, then systemctl reload nginx$/m;
$t->write('keys', $keys);
my %here = @{$t->redis('HGETALL', $here)};
my ($nginx) = grep { m{^nginx/} } keys %here;
# nginx says how it is every 20 s, perhaps right now
sub says_nginx {
    my (%o) = @_;
    my @said;
    for (1 .. 2) {
        $t->redis('HSET', $here, $nginx, $json->encode({%{$json->decode($here{$nginx})}, %o}));
        @said = live();
        last if $said[1];
    }
    return @said;
}
mistake 'a module of another release', sub { says_nginx(version => '0.1.0') }, qr/^not ok - nginx\/\S+ runs release [\d.]+: it runs 0\.1\.0: systemctl restart nginx/m;
mistake 'nginx has another Redis, or no module', sub { says_nginx(at => time - 600) }, qr/^not ok - nginx is here: none was heard of for a minute: is the module loaded, is nginx running, and does ordersave_redis name this Redis/m;
$t->redis('HSET', $here, $nginx, $here{$nginx});
$t->kill_now('worker', 'TERM');
mistake 'no worker runs', \&live, qr/^not ok - a worker is here: none was heard of for a minute: systemctl start ordersave-worker, and look at journalctl/m;

# files

SKIP: {
    skip 'whoever reads a file as another takes root', 1 if $>;
    chmod 0600, $t->path('keys');
    chmod 0755, $t->{dir};
    mistake 'the key file is not readable to the worker', sub { my $said = `setpriv --reuid=65534 --regid=65534 --clear-groups $t->{worker} -t -c $t->{dir}/worker.json 2>&1`; return ($said, $? >> 8) },
        qr/keys: cannot be opened: Permission denied: give it, and its folder, the group of who reads it \(chgrp ordersave, chmod g\+r\)/, rc => 1;
}
$t->write('campaign.json', $was =~ s/"offers"/"ofers":[],"offers"/r);
mistake 'a word of the campaign is wrong', \&check, qr/campaign\.json:\d+:\d+: .*ofers/;
mistake 'which nginx says as well', \&nginx_t, qr/campaign\.json:\d+:\d+: .*ofers/;
$t->write('campaign.json', $was);
rename $t->path('api'), $t->path('api.away');
mistake "the API's key file is missing", \&check, qr/campaign\.json:.*api: cannot be opened: No such file/;
rename $t->path('api.away'), $t->path('api');
my $conf = $t->read('nginx.conf');
for my $case (
    ["a webhook's body may be too short", sub { s/(location = \/in \{)/$1 client_max_body_size 64k;/ }, qr/\[warn\] .*"client_max_body_size" of a location with "ordersave_ingest" is 65536 bytes: longer webhooks are refused with 413; say 4m there in \S+:\d+/, 0],
    ["a webhook's secret file is missing", sub { s/(secret_file=\S+)\/hook/$1\/hok/ }, qr/\[emerg\] .*hok.*No such file/, 1],
    ['a webhook without a secret', sub { s/ secret_file=[^;]+// }, qr/\[emerg\] .*source "woocommerce" is signed: expected secret_file=/, 1],
    ['the module is not loaded', sub { s/^load_module.*//m }, qr/\[emerg\] .*unknown directive "ordersave_/, 1])
{
    my ($name, $change, $says, $expected) = @$case;
    next if $name =~ /not loaded/ && $ENV{ORDERSAVE_STATIC};
    local $_ = $conf;
    $change->();
    $t->write('nginx.conf', $_);
    mistake $name, \&nginx_t, $says, rc => $expected;
}
$t->write('nginx.conf', $conf);

# Redis itself, last

$t->redis('CONFIG', 'SET', 'requirepass', 'x');
mistake 'Redis wants a password', \&check, qr/redis 127\.0\.0\.1:\d+: NOAUTH/, rc => 3;
mistake 'which is told what to do', \&check, qr/^not ok - Redis answers: is it up, and are host, port, user, password_file and tls of "redis" in the configuration right\?/m, rc => 3;
$t->allow(qr/NOAUTH/);
$t->stop_redis;
mistake 'Redis is not there', \&check, qr/redis 127\.0\.0\.1:\d+: .*refused/i, rc => 3;

cmp_ok scalar @mistakes, '>=', 30, scalar(@mistakes) . ' mistakes, none silent';
$t->stop;
done_testing;
