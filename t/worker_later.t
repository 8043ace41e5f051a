# Who says "in a year" is asked again when the longest wait is over.

use strict;
use warnings;
use lib 't/lib';

use Test::More;
use OrderSave::Worker;

my $t = OrderSave::Worker->new;
my %seen;

# the store's API and the shop's own system, down at first
$t->start_upstream(sub {
    my ($path) = $_[0] =~ /^\w+ (\S+)/;
    my $after = 31536000;
    $after = '9223372036854775807' if ($seen{$path}++ // 0) == 1;
    return "HTTP/1.1 503 Later\r\nRetry-After: $after\r\n"
         . "Content-Length: 0\r\nConnection: close\r\n\r\n"
         if $seen{$path} < 3;
    return "HTTP/1.1 " . ($path eq '/hook' ? '204 No Content' : '410 Gone')
         . "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
});
my $down = "http://127.0.0.1:$t->{upstream_port}";
$t->{overrides}{webhooks} = [{url => "$down/hook", events => ['accepted'],
                              secret_file => $t->write('hook', "secret\n")}];
$t->start(no_worker => 1);
$t->{overrides}{api} = {%{$t->campaign->{api}}, base => $down};
$t->write('campaign.json', JSON::PP->new->encode($t->campaign));
$t->start_worker;

my $o = $t->buy(customer => 'ada');
$t->accept($o);
ok $t->wait_for('an end', sub { $t->decision($o)->{applied} eq 'refused' }),
    'the store is read until it answers';
ok $t->counted('sent.webhook', 1), 'the webhook is received';
is $t->count('tries.again'), 4, 'each at its third try';

$t->stop;
done_testing;
