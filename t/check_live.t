# check --live: what runs, and what a shop's first mistakes look like: each is
# named, with what to do.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $json = JSON::PP->new->utf8->canonical;
my $t = OrderSave::Worker->new;
$t->{overrides} = {brand => {name => 'Shop'}};
$t->start(no_worker => 1, redis => {args => ['--appendonly', 'yes', '--maxmemory-policy', 'noeviction']});
my $share = $t->{share};
$t->configure(share => $share);
$t->start_worker;
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$t->start_nginx(server => $t->woo);
my $here = $t->shard_key(0, 'here');
ok $t->wait_for('both', sub { ($t->redis('HLEN', $here) // 0) >= 2 }), 'nginx and a worker tell that they are here';

sub check { my ($rc, $out, $err) = $t->ctl('check', '--live'); utf8::decode($out); return ($out, $rc) }
sub finds { my ($what, $line, %o) = @_; my ($out, $rc) = check(); like $out, $line, $what or diag $out; is $rc, 1, "$what: a finding"; return $out }

# nothing has come from the shop yet

my $early = finds('no webhook', qr/^not ok - shop: webhooks of woocommerce have come: none yet: have the shop send one to the location with ordersave_ingest/m);
$t->buy(customer => 'ada');
ok $t->wait_for('one', sub { $t->redis('HEXISTS', $t->shard_key(0, 'heard'), 'shop/woocommerce') }), 'one comes';

my ($out, $rc) = check();
unlike $out, qr/^not ok - (?!no word of an example)/m, 'all is well' or diag $out;
like $out, qr/^ok - shop\/woocommerce: the last webhook came \d+ (?:seconds|minutes) ago$/m, 'webhooks come';
like $out, qr/^ok - this clock and Redis' agree$/m, 'clocks agree';
like $out, qr/^ok - nginx\/\S+ runs release [\d.]+$/m, 'nginx has the same release';
like $out, qr/^ok - nginx\/\S+ has the campaign of shop as it is$/m, 'and the campaign';
like $out, qr/^ok - worker\/\S+ has the campaign of shop as it is$/m, 'so has the worker';
like $out, qr/^ok - shop: 127\.0\.0\.1 takes a mail to help\@shop\.test$/m, 'mail arrives';
my ($mail) = $t->mails(1, to => 'help@shop.test', subject => 'Test of ordersave');
like $mail->{text}, qr/check --live/, 'it says what it is';
like $out, qr/^note - (?:DNS does not answer|shop\.test has)/m, 'DNS is asked, and holds nothing up';

# a campaign that was edited, and nobody has read again

my $campaign = $t->read('campaign.json');
$t->write('campaign.json', $json->encode({%{$json->decode($campaign)}, revision => 2}));
$out = finds('an edited campaign', qr/^not ok - nginx\/\S+ has the campaign of shop as it is: \S+campaign\.json was changed since: systemctl reload nginx$/m);
like $out, qr/^not ok - worker\/\S+ has .*systemctl reload ordersave-worker$/m, 'the worker as well';
$t->write('campaign.json', $campaign);

# a module of another release

my %here = @{$t->redis('HGETALL', $here)};
my ($nginx) = grep { m{^nginx/} } keys %here;
$t->redis('HSET', $here, $nginx, $json->encode({%{$json->decode($here{$nginx})}, version => '0.1.0'}));
finds('a module of another release', qr/^not ok - nginx\/\S+ runs release [\d.]+: it runs 0\.1\.0: systemctl restart nginx \(a reload keeps the module\)$/m);
$t->redis('HSET', $here, $nginx, $here{$nginx});

# nobody there

$t->redis('HSET', $here, $nginx, $json->encode({%{$json->decode($here{$nginx})}, at => time - 600}));
finds('no nginx', qr/^not ok - nginx is here: none was heard of for a minute: is the module loaded/m);
$t->redis('HSET', $here, $nginx, $here{$nginx});
$t->kill_now('worker', 'TERM');
finds('no worker', qr/^not ok - a worker is here: none was heard of for a minute: systemctl start ordersave-worker/m);
is scalar(grep { m{^worker/} } @{$t->redis('HKEYS', $here)}), 0, 'one that stops says so';

# the store's API

$t->write('api', "wrong:key\n");
finds('a wrong key', qr/^not ok - the store's API lets us in.*401/m);
$t->write('api', "$t->{demo}{key}\n");
my $c = $json->decode($campaign);
$c->{api}{base} = 'http://127.0.0.1:1';
$t->write('campaign.json', $json->encode($c));
finds('a store that is not there', qr/^not ok - the store's API answers: .*127\.0\.0\.1/m);
$c->{api}{base} = 'https://nowhere.invalid';
$t->write('campaign.json', $json->encode($c));
finds('a name that is none', qr/^not ok - the store's API answers: .*(?:resolve|host)/mi);
$c->{api}{base} = $t->{demo}->url =~ s/^http/https/r;
$t->write('campaign.json', $json->encode($c));
finds('https where http is spoken', qr/^not ok - the store's API answers: .*(?:SSL|TLS)/mi);
$t->write('campaign.json', $campaign);

# mail

my %smtp = (host => '127.0.0.1', port => $t->{sink}->smtp_port);
my $smtp = sub { $t->configure(share => $share, smtp => {%smtp, starttls => 'never', @_}) };
$smtp->(port => 1);
finds('a mail server that is not there', qr/^not ok - shop: 127\.0\.0\.1 takes a mail to \S+: nothing answers there: look at smtp\.host and smtp\.port/m);
$smtp->(host => 'mail.invalid');
finds('one whose name is none', qr/^not ok - shop: mail\.invalid takes a mail to \S+: no such host: look at smtp\.host/m);
$smtp->(starttls => 'required');
finds('one without STARTTLS', qr/^not ok - shop: .*(?:it offers no STARTTLS|its certificate does not hold)/m);
$smtp->(tls => JSON::PP::true);
finds('one that speaks no TLS', qr/^not ok - shop: .*its certificate does not hold/m);
$smtp->();

# Redis

$t->stop_redis;
($out, $rc) = check();
is $rc, 3, 'no Redis';
like $out, qr/^not ok - Redis answers/m, 'which is told, and all else that can be';
like $out, qr/^ok - shop: 127\.0\.0\.1 takes a mail/m, 'mail too';

$t->stop;
done_testing;
