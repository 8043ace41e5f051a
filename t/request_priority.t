# "Confirm by 14:00 and it leaves today": shown until then, by the shop's clock,
# on days on which parcels leave; taken ten minutes longer from whoever saw it;
# and told the store while it can still be kept.

use strict;
use warnings;
use utf8;
use lib 't/lib';

use JSON::PP;
use POSIX qw(strftime);
use Test::More;
use OrderSave::Shim;
use OrderSave::Worker;

binmode $_, ':utf8' for Test::More->builder->output, Test::More->builder->failure_output;

# It is half past one at the shop, on a Friday, whatever it is here; and the next
# Monday is a holiday. `$ahead` leads the clocks of nginx and worker to that Friday.
my ($s, $m, $h, $wday) = (gmtime)[0, 1, 2, 6];
my $east = (13 - $h) * 60 + 30 - $m;
$east -= 1440 if $east > 720;
my $offset = sprintf '%s%02d:%02d', $east < 0 ? '-' : '+', abs($east) / 60, abs($east) % 60;
my $begun = time;
my $shop = $begun + $east * 60;
my $ahead = ((5 - (gmtime $shop)[6]) % 7) * 86400;
my $friday = $shop + $ahead;
sub day { return strftime('%Y-%m-%d', gmtime($friday + $_[0] * 86400)) }

my $t = OrderSave::Worker->new;
my $shim = OrderSave::Shim->new($t->{dir});
my %request = (for => 'priority', by => 'api', arrives => {from => 1, to => 2});
$t->{overrides} = {utc_offset => $offset, site => 'https://shop.test', requests => {answer_within => '24h'}, locales => ['en', 'fr', 'id', 'ko'],
    eligible => {}, dispatch => {until => '14:00', closed => [day(3)]},
    offers => [{id => 'first', reasons => ['delivery_time'], give => {request => \%request}}]};
{
    no strict 'refs';
    no warnings 'redefine';
    my $begin = $t->can('start_redis');
    local *{ref($t) . '::start_redis'} = sub { my @all = @_; $shim->under(sub { $begin->(@all) }) };
    $shim->clock($ahead);
    $t->start(no_worker => 1);
}
$t->configure(share => $t->{share});
my $campaign = decode_json($t->read('campaign.json'));
$campaign->{api}{actions}{priority} = [{method => 'PUT', url => '/wp-json/wc/v3/orders/{{order.id}}', body => {meta_data => [
    {key => '_ordersave_offer', value => '{{nonce}}'}, {key => '_priority', value => 'today'},
    {key => '_ordersave_arrival_from', value => '{{arrives.from}}'}, {key => '_ordersave_arrival_to', value => '{{arrives.to}}'}]}}];
$t->write('campaign.json', encode_json($campaign));
$shim->under(sub { $t->start_worker });
$t->{upstream_port} = $t->{demo}{url} =~ /:(\d+)/ ? $1 : 0;
$shim->under(sub { $t->start_nginx(server => $t->woo) });

sub uri { $_[0]{cancel_url} =~ s{^https?://[^/]+}{}r }
sub press { my ($o, $page) = @_; return $t->post(uri($o), [[ordersave_reason => 'delivery_time'], [ordersave_do => 'accept:first'], [ordersave_token => OrderSave::Nginx::token($page)]]) }
# so many minutes after half past one, however long the test has run
sub minutes { $shim->clock($ahead + $begun + 60 * $_[0] - time) }
sub applied { my ($o) = @_; $t->wait_for('it', sub { ($t->decision($o)->{applied} // '') =~ /done|task|refused/ }); return $t->decision($o)->{applied} }
sub meta { my ($o, $key) = @_; return (map { $_->{value} } grep { $_->{key} eq $key } @{$t->shop($o)->{meta_data}})[0] }
my $n = 0;
sub order { return $t->buy(customer => 'ada', status => 'processing', billing => {email => 'p' . ++$n . '@shop.test'}, @_) }

my $o = order();
my $page = $t->get(uri($o));
like $page->{body}, qr/Sent today, at no extra cost/, 'at half past one it leaves today';
like $page->{body}, qr/Confirm by 2:00\x{202f}?\xe2?\x80?\xaf? ?PM and it leaves today/, 'if it is confirmed by two';
my ($tue, $wed) = map { strftime('%b %-d', gmtime($friday + $_ * 86400)) } 4, 5;
my ($arrival) = $page->{body} =~ /Expected to arrive: ([^<]+)\./;
like $arrival, qr/^\Q$tue\E/, "and arrives a working day later, after the weekend and the holiday: $arrival";
is press($o, $page)->{status}, 303, 'accepted';
is applied($o), 'done', 'and told the store';
is meta($o, '_priority'), 'today', 'which knows of it';
is meta($o, '_ordersave_arrival_from'), day(4), 'and from when';
is meta($o, '_ordersave_arrival_to'), day(5), 'until when it arrives';
utf8::decode($arrival);
my ($mail) = $t->mails(1, to => 'p1@shop.test', subject => 'Yes to your request');
like $mail->{text}, qr/Sent today, at no extra cost\nExpected to arrive: \Q$arrival\E\./, 'the buyer reads of it';
like $t->get(uri($o))->{body}, qr/Expected to arrive/, 'on the page as well';

my %words = (fr => 'Envoyée aujourd’hui', id => 'Dikirim hari ini', ko => '오늘 발송');
for my $locale (sort keys %words) {
    my $body = $t->get(uri(order(locale => $locale)))->{body};
    utf8::decode($body);
    like $body, qr/\Q$words{$locale}\E/, "$locale";
    unlike $body, qr/\{\{|t\.offer/, "$locale: all is said";
}

# the time has come

my @late = map { order() } 1 .. 3;
my @seen = map { $t->get(uri($_)) } @late;
minutes(31);
unlike $t->get(uri(order()))->{body}, qr/accept:first/, 'a minute past two it is not shown';
minutes(39);
is press($late[0], $seen[0])->{status}, 303, 'whoever saw it has ten minutes more';
is applied($late[0]), 'done', 'and gets it';
minutes(42);
my $refused = press($late[1], $seen[1]);
is $refused->{status}, 403, 'and no more than that';
like $refused->{body}, qr/Nothing was changed/, 'which the page says';
is $t->decision($late[1]), undef, 'nothing is decided';

# the store cannot be told in time: a person sees to it

minutes(0);
$o = order();
$page = $t->get(uri($o));
$t->kill_now('worker');
is press($o, $page)->{status}, 303, 'accepted in time';
minutes(61);
$shim->under(sub { $t->start_worker });
is applied($o), 'task', 'but the worker was away until three';
is meta($o, '_priority'), undef, 'the store is not told that it leaves today';
like(($t->mails(1, subject => "A customer asks: order $o->{order}{number}"))[0]{text}, qr/leaves on the same day has passed/, 'a person is, and why');

# days on which nothing leaves

minutes(1440);
unlike $t->get(uri(order()))->{body}, qr/accept:first/, 'not on a Saturday';
minutes(3 * 1440);
unlike $t->get(uri(order()))->{body}, qr/accept:first/, 'nor on a holiday';
minutes(4 * 1440);
like $t->get(uri(order()))->{body}, qr/accept:first/, 'but on the day after';

# what is wrong with it

sub refuses {
    my ($change, $what) = @_;
    my $c = decode_json(encode_json($campaign));
    $change->($c);
    $t->write('wrong.json', encode_json($c));
    $t->write('wrong-worker.json', encode_json({%{decode_json($t->read('worker.json'))}, stores => {shop => {campaign => 'wrong.json'}}}));
    like `$t->{worker} -t -c @{[$t->path('wrong-worker.json')]} 2>&1`, $what, "told: $what";
}
refuses(sub { delete $_[0]{dispatch} }, qr{/offers/0/give/request/for: expected "dispatch"});
refuses(sub { $_[0]{dispatch}{until} = '25:00' }, qr{/dispatch/until});
refuses(sub { $_[0]{dispatch}{days} = ['friday'] }, qr{/dispatch/days/0});
refuses(sub { $_[0]{dispatch}{closed} = ['24.12.'] }, qr{/dispatch/closed/0});
refuses(sub { $_[0]{offers}[0]{give}{request}{arrives} = {from => 3, to => 2} }, qr{/arrives: expected "from" to be at most "to"});

$t->stop;
done_testing;
