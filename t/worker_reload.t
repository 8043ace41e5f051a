# SIGHUP: worker and console read all anew, in the same process; a fault keeps
# the old configuration and says where it is; nothing is sent twice or lost.

use strict;
use warnings;
use v5.30;
use lib 't/lib';

use IO::Socket::INET;
use JSON::PP;
use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new->start;

# a reload looks at all templates, also those of pages
for my $file (glob "$t->{share}/templates/*") {
    my ($name) = $file =~ m{([^/]+)\z};
    symlink $file, $t->path("share/templates/$name") unless -e $t->path("share/templates/$name");
}
my $pid = $t->{pids}{worker};
my $template = 'share/templates/cancelled.subject.mustache';

sub ready { my $n = () = $t->log =~ /ready, worker/g; return $n }
sub hup {
    my $n = ready();
    kill HUP => $t->{pids}{worker};
    return $t->wait_for('ready again', sub { ready() > $n });
}
sub cancel {
    my ($o) = @_;
    $t->tell($o, kind => 'asked');
    $t->webhook(($t->{demo}->api('PUT', "/orders/$o->{order}{id}", {status => 'cancelled'}))[1]);
}
sub subjects { my ($n) = @_; return sort map { $_->{subject} } $t->mails($n, @_[1 .. $#_]) }

my @o = map { $t->buy(customer => 'ada') } 1 .. 3;
cancel($o[0]);
is_deeply [subjects(1)], ["cancelled $o[0]{order}{number}"], 'as it was';

subtest 'a template, and a campaign' => sub {
    $t->write($template, 'gone: {{{order.number}}}');
    $t->{overrides}{follow_up} = {cancelled => {after => '0s', email => JSON::PP::true}};
    $t->write('campaign.json', encode_json($t->campaign));
    ok hup(), 'it is ready again';
    ok kill(0 => $pid), 'in the same process';
    cancel($o[1]);
    is_deeply [subjects(1, subject => 'gone')], ["gone: $o[1]{order}{number}"], 'with the new words';
};

subtest 'faults' => sub {
    my $campaign = $t->read('campaign.json');
    my $n = ready();
    $t->write('campaign.json', $campaign =~ s/"ten"/"ten/r);
    kill HUP => $pid;
    ok $t->wait_for('a line', sub { $t->log =~ /not reloaded, all stays as it was: \S+campaign\.json:\d+:\d+/ }), 'a broken campaign, with its place';
    $t->write('campaign.json', $campaign);
    $t->write($template, '{{#order}');
    kill HUP => $pid;
    ok $t->wait_for('a line', sub { $t->log =~ /not reloaded, all stays as it was: \S+cancelled\.subject\.mustache:1/ }), 'a broken template';
    $t->write($template, 'gone: {{{order.number}}}');
    my $config = $t->read('worker.json');
    my $other = decode_json($config);
    $other->{redis}{shards} = 32;
    $t->write('worker.json', encode_json($other));
    kill HUP => $pid;
    ok $t->wait_for('a line', sub { $t->log =~ m{not reloaded, .*/redis/shards: 16 expected} }), 'what no reload changes';
    $t->write('worker.json', $config);
    is ready(), $n, 'it went on all the time';
    cancel($o[2]);
    is_deeply [subjects(2, subject => 'gone')], [sort map { "gone: $_->{order}{number}" } @o[1, 2]], 'as before';
};

subtest 'in the middle of work' => sub {
    my @many = map { $t->buy(customer => "c$_") } 1 .. 24;
    for my $n (0 .. $#many) {
        cancel($many[$n]);
        hup() if $n % 8 == 7;
    }
    my %seen;
    $seen{$_}++ for subjects(26, subject => 'gone');
    is_deeply [grep { $seen{"gone: $_->{order}{number}"} != 1 } @many], [], 'each mail once';
    is $t->{pids}{worker}, $pid, 'one process';
    my ($rc, $out) = $t->ctl('stats');
    is decode_json($out)->{workers}, 1, 'and one worker, to Redis as well';
};

subtest 'a stop that comes while it reloads' => sub {
    kill HUP => $pid;
    kill TERM => $pid;
    ok $t->wait_for('its end', sub { waitpid($pid, 1) == $pid || !kill 0 => $pid }), 'is a stop';
    delete $t->{pids}{worker};
};

subtest 'the console' => sub {
    my $port = OrderSave::Nginx::free_port();
    $t->configure(console => {database => 'console.db', listen => "127.0.0.1:$port"});
    my $console = $t->spawn('console', "$OrderSave::Nginx::ROOT/build/ordersave-console", '-v', '-c', $t->path('worker.json'));
    my $up = sub { my $n = () = $t->log('console') =~ /up to date/g; return $n };
    my $answers = sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") };
    ok $t->wait_for('it', sub { $up->() == 1 && $answers->() }), 'runs';
    my $config = $t->read('worker.json');
    $t->write('worker.json', $config =~ s/"console\.db"/7/r);
    kill HUP => $console;
    ok $t->wait_for('a line', sub { $t->log('console') =~ m{not reloaded, all stays as it was: \S+worker\.json:\d+:\d+: /console/database} }), 'a fault is told';
    ok $answers->(), 'and it goes on';
    $t->write('worker.json', $config);
    kill HUP => $console;
    ok $t->wait_for('it', sub { $up->() == 2 && $answers->() }), 'it comes up anew';
    ok kill(0 => $console), 'in the same process';
};

$t->stop;
done_testing;
