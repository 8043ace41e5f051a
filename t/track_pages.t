# What links in messages open: where the order is, for eyes that need not be
# the buyer's; the fragment that an open page asks again for; a short link.
# None of their secrets gets into a log.

use strict;
use warnings;
use utf8;
use Test::More;
use JSON::PP;
use OrderSave::Nginx;

my %track = (milestone => 'out_for_delivery', links => 2,
    at => {confirmed => time - 300000, shipped => time - 200000, out_for_delivery => time - 3000},
    parcels => [{number => 'JD014600', carrier => 'dhl', milestone => 'out_for_delivery',
        at => {shipped => time - 200000}, scan => time - 3000,
        log => [{at => time - 3000, milestone => 'out_for_delivery', text => 'With the courier', place => 'Berlin'}]}]);
my $t = OrderSave::Nginx->new(campaign => {
        track => {carriers => {dhl => {name => 'DHL', url => 'https://dhl.example/{{number}}'}},
                  packaging => [{id => 'gift', title => 'As a gift'}, {id => 'plain', title => 'Plain'}],
                  return_policy => {text => '30 days', url => '/returns/'}}})
    ->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19, number => '1019', email => 'ana@example.org', phone => '+4915112345678', postcode => 'SW1A 1AA',
    track => \%track);
$t->redis('SET', $t->key('alias:shop/number/1019', 'shop/number/1019'), '19');
$t->start_nginx(server => $t->woo(more => <<'EOT'), http => <<'EOT');
        location /o/ { ordersave_api on; }
        access_log logs/full.log full;
EOT
    log_format full '$request|$request_uri|$uri|$http_referer';
EOT

my %base = (s => 'shop', o => '19', x => time + 600, l => 'en', g => 2);
my $token = $t->sign({%base, p => 'track'});
my $page = $t->get("/ordersave/track/$token");
is $page->{status}, 200, 'a link of a message';
like $page->{body}, qr/Out for delivery/i, 'where it is';
like $page->{body}, qr/JD014600/, 'the parcel';
like $page->{body}, qr{href="https://dhl\.example/JD014600"}, "the carrier's page";
like $page->{body}, qr/With the courier/, 'its events';
like $page->{body}, qr/Blue mug/, 'what was bought';
like $page->{body}, qr{href="/returns/"}, 'the return policy';
unlike $page->{body}, qr/ana\@|4915112345678|SW1A|50\.00|45\.00|Ana\b/, 'no address, e-mail, phone, name or price';
unlike $page->{body}, qr/ordersave_packaging/, 'nothing to choose once it has left';
is OrderSave::Nginx::header($page, 'Referrer-Policy'), 'no-referrer', 'its address is told to nobody';
like OrderSave::Nginx::header($page, 'Content-Security-Policy'), qr/script-src 'self'/, 'a script of our own';
like OrderSave::Nginx::header($page, 'Cache-Control'), qr/no-store/, 'nobody keeps it';

for my $case (['expired', {%base, p => 'track', x => time - 1}], ['another purpose', {%base, p => 'panel'}],
              ['another store', {%base, p => 'track', s => 'other'}], ['voided', {%base, p => 'track', g => 1}],
              ['without a claim', {%base, p => 'track', g => undef}], ['unknown order', {%base, p => 'track', o => '77'}]) {
    delete $case->[1]{g} if !defined $case->[1]{g};
    my $answer = $t->get('/ordersave/track/' . $t->sign($case->[1]));
    is $answer->{status}, 403, "$case->[0]: refused";
    unlike $answer->{body}, qr/JD014600|Blue mug/, 'and tells nothing';
}

my $steps = $t->get('/ordersave/track/' . $t->sign({%base, p => 'track', v => 'steps'}));
like $steps->{body}, qr/Out for delivery/i, 'who knew the postcode sees how far it is';
unlike $steps->{body}, qr/JD014600|Blue mug/, 'and no more';

# a gift

$t->order(20, gift => JSON::PP::true, track => {milestone => 'confirmed', at => {confirmed => time}});
my $gift = $t->get('/ordersave/track/' . $t->sign({%base, p => 'track', o => '20', g => 0}));
like $gift->{body}, qr/ordersave_packaging/, 'a choice while it is in the house';
unlike $gift->{body}, qr/Blue mug/, 'of a gift no product is named';

# one that its carrier says is there, and nobody said that it had left

$t->order(21, track => {milestone => 'delivered', at => {delivered => time}});
unlike $t->get('/ordersave/track/' . $t->sign({%base, p => 'track', o => '21', g => 0}))->{body}, qr/ordersave_packaging/, 'nothing to choose once it has arrived';

# the fragment

my ($url) = $page->{body} =~ m{data-panel="([^"]+)"};
my $part = $t->get($url);
is $part->{status}, 200, 'the fragment';
unlike $part->{body}, qr/<html/, 'is no page';
like $part->{body}, qr/JD014600/, 'but what is inside the panel';
my $etag = OrderSave::Nginx::header($part, 'ETag');
(my $shown = $1) =~ s/&quot;/"/g if $page->{body} =~ /data-version="([^"]+)"/;
is $etag, $shown, 'its ETag is what the page has';
my $again = $t->get($url, headers => ["If-None-Match: $etag"]);
is $again->{status}, 304, 'unchanged: 304';
is length $again->{body}, 0, 'without a body';
$track{milestone} = 'delivered';
$track{parcels}[0]{milestone} = 'delivered';
$t->order(19, number => '1019', track => \%track);
my $news = $t->get($url, headers => ["If-None-Match: $etag"]);
is $news->{status}, 200, 'changed: sent';
isnt OrderSave::Nginx::header($news, 'ETag'), $etag, 'with another ETag';
like $news->{body}, qr/Delivered/, 'the news';

# style and script

my ($css) = $page->{body} =~ m{href="(/ordersave/panel\.css\?v=[^"]+)"};
$css = $t->get($css);
is $css->{status}, 200, 'the style';
like OrderSave::Nginx::header($css, 'Cache-Control'), qr/immutable/, 'may be kept';
like OrderSave::Nginx::header($css, 'Content-Type'), qr{^text/css}, 'as what it is';
is $t->get('/ordersave/panel.js')->{status}, 200, 'the script';

# a short link

my $code = 'Zk3mQ9xLw2Tb7A';
$t->redis('SET', $t->key("link:shop/$code", "shop/$code"), encode_json({order => '19', links => 2, x => time + 600}));
my $short = $t->get("/o/$code");
is $short->{status}, 303, 'a short link leads on';
like OrderSave::Nginx::header($short, 'Location'), qr{^(?:http://[^/]+)?/ordersave/track/}, 'to the page';
(my $to = OrderSave::Nginx::header($short, 'Location')) =~ s{^http://[^/]+}{};
like $t->get($to)->{body}, qr/JD014600/, 'which shows the order';
is $t->get('/o/Zk3mQ9xLw2Tb7B')->{status}, 403, 'a code that is none';
$t->redis('SET', $t->key("link:shop/$code", "shop/$code"), encode_json({order => '19', links => 1, x => time + 600}));
($to = OrderSave::Nginx::header($t->get("/o/$code"), 'Location')) =~ s{^http://[^/]+}{};
is $t->get($to)->{status}, 403, 'voided, as the e-mail changed';

# one that opens a score, under the path that answers all links

$t->redis('SET', $t->key("link:shop/$code", "shop/$code"), encode_json({order => '19', links => 0, x => time + 600,
    claims => {p => 'score', s => 'shop', o => '19', l => 'fr', n => 'Zk3mQ9xLw2Tb7A', x => time + 600}}));
for my $path ('/ordersave/o/', '/o/') {
    ($to = OrderSave::Nginx::header($t->get("$path$code"), 'Location')) =~ s{^http://[^/]+}{};
    like $to, qr{^/ordersave/score/k1\.}, "$path$code leads to the score";
}
like $t->get($to)->{body}, qr/<html lang="fr".*name="ordersave_score" .*value="5"/s, 'which asks, in the language of the link';
$t->redis('SET', $t->key("link:shop/$code", "shop/$code"), encode_json({order => '19', links => 2, x => time + 600,
    claims => {p => 'offer', s => 'shop', o => '19', x => time + 600}}));
like OrderSave::Nginx::header($t->get("/o/$code"), 'Location'), qr{/ordersave/track/}, 'nothing else is signed';

# an answer to a parcel that could not be handed over

$track{side} = $track{parcels}[0]{side} = 'attempt_failed';
$track{milestone} = $track{parcels}[0]{milestone} = 'out_for_delivery';
$t->order(19, number => '1019', track => \%track);
my $answer = '/ordersave/answer/' . $t->sign({%base, p => 'answer'});
my $form = $t->get($answer);
is $form->{status}, 200, 'what shall be done with it';
like $form->{body}, qr/value="reschedule"/, 'choices that fit';
unlike $form->{body}, qr/value="resend"/, 'and no others';
is scalar($t->events(19)), 0, 'a GET tells nobody';
is $t->post($answer, [[ordersave_answer => 'resend']])->{status}, 400, 'a choice that was not there';
is $t->post($answer, [[ordersave_answer => 'new_address'], [ordersave_comment => 'Ring at Kim’s']])->{status}, 200, 'an answer';
my $event = $t->event(19, 'answer');
is_deeply [@$event{qw(what comment)}], ['new_address', 'Ring at Kim’s'], 'is recorded';

# packaging

my ($packaging) = $gift->{body} =~ m{action="(/ordersave/packaging/[^"]+)"};
my $back = $t->post($packaging, [[ordersave_packaging => 'gift']], headers => ["Referer: http://localhost/my-account/"]);
is $back->{status}, 303, 'a choice of packaging';
is $t->event(20, 'packaging')->{choice}, 'gift', 'is recorded';
$back = $t->post($packaging, [[ordersave_packaging => 'gift']], headers => ['Referer: https://evil.example/']);
unlike OrderSave::Nginx::header($back, 'Location'), qr/evil/, 'and leads to no other site';
is $t->get($packaging)->{status}, 405, 'by a POST alone';

# logs

my $log = $t->read('logs/full.log') . $t->read('logs/error.log');
unlike $log, qr/\Q$token\E/, 'no log has the token';
unlike $log, qr/$code/, 'or the code';
like $log, qr{/ordersave/track/\*+}, 'but stars';

# Redis away

$t->stop_redis;
is $t->get("/ordersave/track/$token")->{status}, 503, 'without Redis: later';

done_testing;
