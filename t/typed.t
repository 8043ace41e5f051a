# What a shopper types is in Redis or on the disk before a page thanks for it:
# where neither takes it the page says so, and what was typed can be sent again.

use strict;
use warnings;
use Test::More;
use Time::HiRes qw(time);
use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use OrderSave::Nginx;

my $t = OrderSave::Nginx->new(campaign => {track => {packaging => [{id => 'plain', title => 'Plain'}]}})
    ->start_redis->start_upstream(sub { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstore" });
$t->order(19, track => {milestone => 'delivered', at => {}});
$t->order(20, track => {milestone => 'out_for_delivery', side => 'attempt_failed', at => {}});
$t->order(21);
$t->start_nginx(server => $t->woo, spool => 'ordersave_spool off;');

my $who = 'abcdefghijklmnopqrstuv';
my $marketing = $t->key("suppress:shop/$who", "shop/$who");
my %token = (s => 'shop', x => int(time) + 600, l => 'en', g => 0);
sub link_of { my ($path, %more) = @_; return "/ordersave/$path/" . $t->sign({%token, p => $path, %more}) }
sub event { my ($id, $kind, $member) = @_; return sub { [map { $_->{$member} } grep { $_->{kind} eq $kind } $t->events($id)] } }
sub leaves { return [map { $_ // () } $t->redis('GET', $marketing)] }

my @forms = (
    ['an end of advertising', link_of('unsubscribe', c => $who), [[ordersave_do => 'leave']], \&leaves, 'marketing', 200],
    ['a score', link_of('score', o => '19'), [[ordersave_score => '2'], [ordersave_comment => 'too slow']], event(19, 'scored', 'comment'), 'too slow', 200],
    ['a reason', link_of('reason', o => '19'), [[ordersave_reason => 'costs'], [ordersave_comment => 'too dear']], event(19, 'reason', 'comment'), 'too dear', 200],
    ['a review', link_of('review', o => '19'), [[ordersave_stars => '5'], [ordersave_text => 'so blue']], event(19, 'reviewed', 'text'), 'so blue', 200],
    ['a question', link_of('review', o => '19'), [[ordersave_do => 'help'], [ordersave_text => 'it leaks']], event(19, 'help', 'text'), 'it leaks', 200],
    ['that it is solved', link_of('solved', o => '19'), [], event(19, 'solved', 'order'), 'shop/19', 200],
    ['what to do with a parcel', link_of('answer', o => '20', v => 'owner'), [[ordersave_answer => 'new_address'], [ordersave_comment => 'the blue door']], event(20, 'answer', 'comment'), 'the blue door', 200],
    ['how to pack', link_of('packaging', o => '21', v => 'owner'), [[ordersave_packaging => 'plain'], [ordersave_comment => 'for Bo']], event(21, 'packaging', 'comment'), 'for Bo', 303],
);

for my $form (@forms) {
    my ($name, $link, $fields, $there, $said, $status) = @$form;

    $t->redis('CONFIG', 'SET', 'maxmemory', '1');
    my $page = $t->post($link, $fields);
    is $page->{status}, 503, "$name: nobody has it, and nobody is thanked";
    like $page->{body}, qr/Nothing was changed\. Please reload this page/, '  which the page says, with what to do';
    $t->redis('CONFIG', 'SET', 'maxmemory', '0');
    is_deeply $there->(), [], '  and it is so';
    is $t->post($link, $fields)->{status}, $status, '  once more, as a reload does';
    is_deeply $there->(), [$said], '  it is there when the page is' or diag explain $there->();
}

# Redis is silent: who is the first to speak? nginx takes a line for dead that is
# silent for a second: where this takes as long, twenty times, all that can be
# seen is that nobody is thanked for what is not there.

for my $form (@forms[0, 1]) {
    my ($name, $link, $fields, $there, $said) = @$form;
    my $body = join '&', map { "$_->[0]=" . $_->[1] =~ s/ /+/gr } @$fields;
    my ($took, $early, $answer) = (9);
    for (1 .. 20) {
        last if $took < 0.9;
        $t->wait_for('Redis', sub { $t->post($link, $fields)->{status} == 200 });
        $t->redis('DEL', $marketing, $t->key('ev', 'shop/19'));
        $t->silence;
        my $silent = time;
        my $client = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $t->{port}) or die;
        syswrite $client, "POST $link HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nConnection: close\r\n"
            . "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
        $t->wait_for('the question', sub { $t->heard($client) && $t->redis_asked > 100 });
        $early = IO::Select->new($client)->can_read(0.2);
        $t->let_speak;
        $took = time - $silent;
        $answer = '';
        1 while sysread $client, $answer, 65536, length $answer;
    }
    if ($took >= 0.9) {
        my ($status) = $answer =~ m{^HTTP/1\.1 (\d+)};
        like $status, qr/^(?:200|503)$/, "$name: the page comes, or that Redis is away";
        is_deeply $there->(), [$said], '  nobody is thanked for what is not there' if $status == 200;
        next;
    }
    ok !$early, "$name: the page waits for Redis";
    like $answer, qr{^HTTP/1.1 200}, '  and comes';
    is_deeply $there->(), [$said], '  when it is there';
}

$t->allow(qr/an event found no Redis, and there is no spool/);
$t->stop;
done_testing;
