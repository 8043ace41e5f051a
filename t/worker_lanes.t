# What waits for a provider costs nothing: it is not read, not worded and the
# store is not asked about it until it is its turn.
# long

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use List::Util qw(sum);
use Test::More;
use Time::HiRes qw(sleep time);
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
$t->start(no_worker => 1);

sub smtp {
    my (%over) = @_;
    $t->configure(smtp => {host => '127.0.0.1', port => $t->{sink}->smtp_port,
                           starttls => 'never', timeout => '60s', %over});
}

sub calls {
    my ($name) = @_;
    return sum(0, map { /^cmdstat_\Q$name\E:calls=(\d+)/ ? $1 : () }
                  split /\r\n/, $t->redis('INFO', 'commandstats'));
}

sub reads {
    return scalar grep { $_->{line} =~ m{^GET /wp-json/wc/v3/orders/} }
        @{$t->{demo}->requests};
}

# 60 follow-ups behind one mail in two seconds
smtp(per_second => 0.5);
$t->start_worker;
my @orders = map { $t->buy(customer => 'ada', billing => {email => "a$_\@shop.test"}) } 1 .. 60;
$t->{demo}->api('PUT', "/orders/$_->{order}{id}", {status => 'cancelled'}) for @orders;
my $reads = reads();
$t->tell($_, kind => 'asked', via => 'page') for @orders;
ok $t->wait_for('three mails', sub { $t->mails(0, subject => 'cancelled') >= 3 }), 'the first mails go out';
my ($sent, $mgets) = (scalar(my @m = $t->mails(0, subject => 'cancelled')), calls('mget'));
sleep 4;
my $new = scalar(@m = $t->mails(0, subject => 'cancelled'));
cmp_ok reads() - $reads, '<=', $new + 3, 'the store is asked about what goes out, not about what waits';
cmp_ok calls('mget') - $mgets, '<=', $new - $sent + 3, 'and orders are read for it alone';
is scalar(keys %{$t->all('jobs')}) - $new >= 0 ? 1 : 0, 1, 'the others wait';
$t->kill_now('worker', 'TERM');
@m = $t->mails(0, subject => 'cancelled');      # as many as ever will be

# a mail that is not wanted any more gives its turn back
$t->{demo}->api('PUT', "/orders/$_->{order}{id}", {status => 'processing'}) for @orders;
smtp(per_second => 5);
$t->start_worker;
my $before = @m;
ok $t->wait_for('the others to be dropped', sub { $t->count('not_cancelled') >= 60 - $before }), 'turns that are not used are given back';

# a store that answers nothing is left alone but for one that looks
$t->kill_now('worker', 'TERM');
smtp();
$t->start_worker;
$t->{demo}->control('POST', '/fault', {match => 'GET /wp-json/.*', times => -1, status => 503});
$reads = reads();
my @more = map { $t->buy(customer => 'ada') } 1 .. 60;
$t->tell($_, kind => 'asked', via => 'page') for @more;
ok $t->wait_for('the breaker', sub { $t->log =~ /failed \d+ times in a row/ }), 'the breaker opens';
sleep 3;
# as many as were under way when it opened, and one a period after
cmp_ok reads() - $reads, '<=', 60 + 5, 'none is asked about twice while the store is down';
$t->{demo}->request('DELETE', '/_demo/fault');
ok $t->counted('not_cancelled', 60 - $before + 60), 'all are asked about when it is back';

# in order of age
$t->kill_now('worker', 'TERM');
smtp(per_second => 4, connections => 1);
my @aged = grep { $t->shard('shop/' . $t->id($_)) == $t->shard('shop/' . $t->id($orders[0])) } @orders;
@aged = @aged[0 .. ($#aged > 4 ? 4 : $#aged)];
for my $o (@aged) { $t->tell($o, kind => 'scored', score => 1); sleep 0.02 }
$t->start_worker;
my @numbers = map { $_->{subject} =~ /(\d+)$/ } $t->mails(scalar @aged, subject => 'support_score');
is join(' ', @numbers), join(' ', map { $_->{order}{number} } @aged), 'the oldest goes first';

$t->stop;
done_testing;
