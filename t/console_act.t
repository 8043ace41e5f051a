# What the shop's people do in the console: dead letters, pauses, requests, a
# test mail. Through an nginx that knows who asks, set up as docs/operation.md
# has it: by its own passwords, and by a login of the shop's. Whoever may only
# look, or comes without a page's token, changes nothing; each act is a line.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use MIME::Base64 qw(encode_base64);
use Test::More;
use OrderSave::Worker;

my $json = JSON::PP->new->canonical->utf8;
my $bin = $ENV{ORDERSAVE_BIN} // 'build';
my $t = OrderSave::Worker->new(campaign => {site => 'https://shop.test', offers => [
    {id => 'match', reasons => ['*'], give => {request => {for => 'match', off => {percent => '20'}}}},
    {id => 'swap', reasons => ['*'], give => {request => {for => 'swap'}}}]});
$t->start(no_worker => 1);
my $socket = $t->path('console.sock');
$t->configure(share => $t->{share}, deliver_only_to => ['*@shop.test'],
    console => {database => 'console.db', listen => "unix:$socket", user_header => 'X-Remote-User', role_header => 'X-Remote-Role', act => ['ada']});
$t->start_worker;

my $pid = fork // die;
if (!$pid) { open STDERR, '>>', $t->path('console.err'); exec "$bin/ordersave-console", '-c', $t->path('worker.json') or POSIX::_exit(127) }
ok $t->wait_for('the console', sub { -S $socket }), 'the console';

# the recipes, as they are printed; only paths differ

my $doc;
{ open my $fh, '<', 'docs/operation.md' or die; local $/; $doc = <$fh> }
my %recipe = map { /^# (auth_\w+)\n(.*)/s ? ($1 => $2) : () } map { s/^    //gmr } $doc =~ /((?:^    .*\n)+)/mg;
is join(' ', sort keys %recipe), 'auth_basic auth_request', 'two recipes';
$t->write('htpasswd', "ada:{PLAIN}secret\nbob:{PLAIN}secret\n");
$t->start_upstream(sub {
    my ($request) = @_;
    my $user = "$request" =~ /session=(\w+)/ ? $1 : '';
    return $user ? "HTTP/1.1 204 No Content\r\nX-User: $user\r\nX-Role: @{[$user eq 'eve' ? 'look' : 'act']}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                 : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
});
for (values %recipe) {
    s{/run/ordersave/console.sock}{$socket}g;
    s{/etc/nginx/office.htpasswd}{$t->{dir}/htpasswd};
    s{127.0.0.1:8090}{127.0.0.1:$t->{upstream_port}};
}
$recipe{auth_request} =~ s{location /office/}{location /login/};
$t->start_nginx(alone => 1, server => join '', map { s/^/        /gmr } @recipe{sort keys %recipe});

my %basic = map { $_ => 'Authorization: Basic ' . encode_base64("$_:secret", '') } qw(ada bob);
sub page { my ($user, $uri) = @_; return $t->get("/office/$uri", headers => [$basic{$user}]) }
sub token { my ($html) = @_; return $html =~ /name="token" value="([^"]+)"/ ? $1 : '' }
sub act { my ($user, $do, %f) = @_; my %h = (headers => [$basic{$user}, @{delete $f{headers} // []}]); return $t->post('/office/act', [[token => $f{token} // token(page($user, 'queue')->{body})], [do => $do], map { [$_ => $f{$_}] } grep { $_ ne 'token' } sort keys %f], %h) }
sub went { my ($answer) = @_; return $answer->{status} == 303 ? page('ada', $answer->{head} =~ /^Location: (\S+)/mi ? $1 : '')->{body} =~ m{role="status">(.*?)</p>}s ? $1 =~ s/<[^>]+>//gr : '' : "status $answer->{status}" }
sub log_of { my ($re) = @_; return scalar(my @l = $t->read('console.err') =~ /\[(?:notice|warning)\] act $re/g) }

# who may, and who may not

is $t->get('/office/queue')->{status}, 401, 'nobody';
my $ada = page('ada', 'queue')->{body};
ok token($ada), 'ada has forms';
unlike page('bob', 'queue')->{body}, qr/<form|name="token"/, 'bob has none';
is act('bob', 'pause', token => token($ada))->{status}, 403, 'and may not use those of others';
is act('bob', 'pause', token => $t->sign({p => 'act', u => 'bob', x => time + 99}))->{status}, 403, 'also with one from when bob might';
is act('ada', 'pause', token => $t->sign({p => 'act', u => 'ada', x => time - 1}))->{status}, 403, 'nor ada with one that is too old';
is act('ada', 'pause', token => $t->sign({p => 'track', u => 'ada', x => time + 99}))->{status}, 403, 'nor with one that is for something else';
is act('ada', 'pause', token => 'none')->{status}, 403, 'nor ada without a token';
is act('ada', 'pause', token => token($ada) =~ s/.$/-/r)->{status}, 403, 'nor with one that is changed';
is act('ada', 'pause', headers => ['Sec-Fetch-Site: cross-site'])->{status}, 403, 'nor from another site';
is act('ada', 'pause', words => 'x' x 9000)->{status}, 413, 'nor at any length';
is act('ada', 'nothing')->{status}, 400, 'nor what is none';
is act('ada', 'retry')->{status}, 400, 'nor half of one';
is $t->http('GET', '/office/act', headers => [$basic{ada}])->{status}, 404, 'nor by GET';
is $t->http('PUT', '/office/act', body => 'x', headers => [$basic{ada}])->{status}, 405, 'nor by another method';
is $t->redis('EXISTS', $t->shard_key(0, 'paused')) + 0, 0, 'and nothing is paused';
is log_of(qr/"pause" "" by "bob": may only look/), 2, 'which the log tells';

my $eve = $t->get('/login/queue', headers => ['Cookie: session=eve']);
is $t->get('/login/queue')->{status}, 401, 'a login of the shop: without a session';
like $eve->{body}, qr/Signed in as eve/, 'with one';
is token($eve->{body}), '', 'of somebody who may look';
is $t->post('/login/act', [[token => token($ada)], [do => 'pause']], headers => ['Cookie: session=eve', 'X-Remote-Role: act', 'X-Remote-User: ada'])->{status}, 403, 'what a client says of itself is nothing';
my $joe = token($t->get('/login/queue', headers => ['Cookie: session=joe'])->{body});
ok $joe, 'of somebody who may act';
is $t->post('/login/act', [[token => token($ada)], [do => 'pause']], headers => ['Cookie: session=joe'])->{status}, 403, 'not with a form of ada';
is $t->post('/login/act', [[token => $joe], [do => 'pause'], [channel => 'sms']], headers => ['Cookie: session=joe'])->{status}, 303, 'who does';
like page('ada', 'queue')->{body}, qr{Resume \*/sms/\*}, 'as all others see';
is went(act('ada', 'resume', channel => 'sms')), 'Resume: done. channel=sms', 'and undo';

# pause and resume

is went(act('ada', 'pause')), 'Pause: done. ', 'a pause';
is $t->redis('GET', $t->shard_key(0, 'paused')), 1, 'is one';
like page('ada', 'queue')->{body}, qr/Resume all deliveries/, 'the page offers to go on';
is went(act('ada', 'resume')), 'Resume: done. ', 'they go on';
is $t->redis('EXISTS', $t->shard_key(0, 'paused')) + 0, 0, 'indeed';
is log_of(qr/"pause" "" by "ada": done/), 1, 'a line each';

# dead letters

my $evil = "<b>\n[error] forged";
for my $id ('one', $evil, '-x', 'two') {
    my $order = 'shop/1';
    $t->redis('HSET', $t->key('dead', $order), $id, $json->encode({order => $order, purpose => 'cancelled', channel => 'smtp', why => 'the <mail> server said 550', id => $id, tries => 9, due_ms => 1, template => 'cancelled'}));
    $t->redis('ZADD', $t->key('died', $order), time * 1000, $id);
}
my $dead = page('ada', 'queue')->{body};
like $dead, qr/the &lt;mail&gt; server said 550/, 'dead letters, and why';
unlike $dead, qr/<b>/, 'nothing of them is HTML';
unlike page('bob', 'queue')->{body}, qr/value="retry"/, 'without buttons for who may look';
is went(act('ada', 'drop', id => 'one')), 'Drop: done. one', 'one is dropped';
is went(act('ada', 'drop', id => '-x')), 'Drop: done. -x', 'also one that looks like an option';
like went(act('ada', 'drop', id => 'none')), qr/^Drop: failed\. none – no dead letter none/, 'one that is none';
is join(' ', sort map { s/\W.*//sr || 'evil' } grep { defined } $t->redis('HKEYS', $t->key('dead', 'shop/1')) ? @{$t->redis('HKEYS', $t->key('dead', 'shop/1'))} : ()), 'evil two', 'the others are there';
is went(act('ada', 'drop', id => $evil)) =~ /^Drop: done/, 1, 'one with a line end';
unlike $t->read('console.err'), qr/^\[error\] forged/m, 'makes no line of its own';
is went(act('ada', 'retry', id => 'all')), 'Try again: done. all', 'all are tried again';
is $t->redis('HLEN', $t->key('dead', 'shop/1')) + 0, 0, 'and dead no more';

# requests

sub asks {
    my ($offer, %o) = @_;
    my $o = $t->buy(customer => 'ada', %o);
    $t->accept($o, offer => $offer, kind => 'request', terms => {give => 'request', for => $offer}, said => {$offer eq 'match' ? (url => 'other.example', price => '20') : (size => '42')}, reason => 'better_price', comment => 'a <word>');
    return $o;
}
my $o = asks('match', billing => {email => 'one@shop.test'});
my $no = asks('swap', billing => {email => 'two@shop.test'});
ok $t->wait_for('them', sub { (my @l = page('bob', 'queue')->{body} =~ /id="wait-/g) == 2 }), 'two wait for an answer';
my $waits = page('ada', 'queue')->{body};
like $waits, qr/other\.example/, 'with what was asked';
like $waits, qr/a &lt;word&gt;/, 'and why';
my ($most) = $waits =~ /at most [^)]*?([\d.]+)\)/;
ok $most, 'and how much may come off';
my $name = 'shop/' . $t->id($o);
is act('bob', 'approve', order => $name, amount => '4.00', token => token($waits))->{status}, 403, 'who looks does not answer';
like went(act('ada', 'approve', order => $name, amount => $most + 1)), qr/^Approve: failed\. shop\S+ – .*at most/, 'too much';
is went(act('ada', 'approve', order => $name, amount => '4.00')), "Approve: done. $name", 'approved';
ok $t->wait_for('the change', sub { ($t->decision($o)->{applied} // '') eq 'done' }), 'and applied';
is join(' ', map { "$_->{name} $_->{total}" } @{$t->shop($o)->{fee_lines}}), 'Discount -4.00', 'once, by so much';
is $t->decision($o)->{verdict}{by}, 'ada', 'by whom';
like went(act('ada', 'approve', order => $name, amount => '3.00')), qr/^Approve: failed\. shop\S+ – it has been answered before/, 'a second answer';
is went(act('ada', 'decline', order => 'shop/' . $t->id($no), words => 'Not <now>')), 'Decline: done. shop/' . $t->id($no), 'declined';
my @mails;
ok $t->wait_for('a mail', sub { @mails = grep { ($_->{text} // '') =~ /Not <now>/ } $t->mails(0, to => 'two@shop.test') }), 'in the words of who declined';
ok $t->wait_for('none', sub { page('bob', 'queue')->{body} !~ /id="wait-/ }), 'nothing waits any more';

# a test mail

is went(act('ada', 'test', name => 'cancelled', to => 'me@shop.test')), 'Send a test: done. cancelled', 'a test mail';
my ($mail) = $t->mails(1, to => 'me@shop.test');
is went(act('ada', 'test', name => 'cancelled', to => 'me@shop.test', store => 'nowhere')) =~ /failed\. cancelled – there is no store nowhere/, 1, 'of a store that is there';
like $mail->{subject}, qr/^\[test\] /, 'which says so';
like went(act('ada', 'test', name => 'cancelled', to => 'you@elsewhere.test')), qr/failed\. cancelled – a test goes only to what deliver_only_to lists/, 'to none that is not listed';

# who did what

my @acts = page('bob', 'queue')->{body} =~ m{<td[^>]*data-of="Who">(.*?)</td>}g;
cmp_ok scalar(@acts), '>', 10, 'all see what was done';
unlike join('', $t->read('console.err')), qr/\@/, 'no line of the log has an address';
is system('grep', '-qa', 'me@shop.test', $t->path('console.db'), $t->path('console.db-wal')) >> 8, 1, 'nor the database';
is log_of(qr/"approve" "\Q$name\E" by "ada": done/), 1, 'an act is a line';

kill TERM => $pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it stops';
unlike $t->read('console.err'), qr/runtime error|AddressSanitizer|LeakSanitizer/, 'no sanitizer line';
$t->stop;
done_testing;
